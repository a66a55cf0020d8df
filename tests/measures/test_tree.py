import copy

import pytest
import yaml

from manyi.measures.errors import MeasureError, TreeError
from manyi.measures.tree import Node, Scale, Tree

HOTEL = """
name: {zh: 酒店满意度, en: Hotel satisfaction}
scale: {min: 1, max: 5, missing: [0, 9]}
tree:
  - code: room
    name: {zh: 客房, en: Room}
    weight: 60
    children:
      - {code: clean, name: {zh: 清洁, en: Cleanliness}, weight: 2, column: q1}
      - {code: noise, name: {zh: 噪声, en: Noise}, weight: 1, column: q2, reversed: true}
  - code: staff
    name: {zh: 员工, en: Staff}
    weight: 40
    children:
      - code: overall
        name: {zh: 总体, en: Overall}
        weight: 1
        column: q3
        scale: {min: 0, max: 10, missing: []}
"""


@pytest.fixture
def source():
    return yaml.safe_load(HOTEL)


def test_reading_and_writing_gives_the_same_file_and_the_same_tree(source):
    tree = Tree.from_dict(source)
    assert tree.to_dict() == source
    assert Tree.from_dict(yaml.safe_load(yaml.safe_dump(tree.to_dict()))) == tree


def test_the_code_of_the_index_survives_the_round_trip(source):
    source["code"] = "csi"
    tree = Tree.from_dict(source)
    assert tree.nodes()[0].code == "csi"
    assert tree.to_dict() == source


def test_reading_does_not_change_the_source(source):
    before = copy.deepcopy(source)
    Tree.from_dict(source).to_dict()["tree"][0]["name"]["en"] = "changed"
    assert source == before


def test_nodes_come_depth_first_with_levels_parents_and_shares(source):
    places = Tree.from_dict(source).nodes()
    assert [(p.code, p.level, p.parent) for p in places] == [
        ("index", 1, None),
        ("room", 2, "index"),
        ("clean", 3, "room"),
        ("noise", 3, "room"),
        ("staff", 2, "index"),
        ("overall", 3, "staff"),
    ]
    assert [p.weight for p in places] == pytest.approx([1, 0.6, 2 / 3, 1 / 3, 0.4, 1])
    assert [p.effective_weight for p in places] == pytest.approx([1, 0.6, 0.4, 0.2, 0.4, 0.4])


def test_effective_weights_of_the_items_sum_to_one(source):
    assert sum(p.effective_weight for p in Tree.from_dict(source).leaves()) == pytest.approx(1, abs=1e-12)


def test_columns_are_listed_once_in_order(source):
    source["tree"].append({"code": "again", "name": {"en": "Again"}, "weight": 1, "column": "q2"})
    assert Tree.from_dict(source).columns() == ("q1", "q2", "q3")


def test_an_item_may_have_a_scale_of_its_own(source):
    tree = Tree.from_dict(source)
    assert [tree.scale_of(p.node) for p in tree.leaves()] == [
        Scale(1, 5, (0, 9)),
        Scale(1, 5, (0, 9)),
        Scale(0, 10),
    ]


def test_plain_text_is_the_name_in_every_language(source):
    source["name"] = "满意度"
    assert Tree.from_dict(source).name == {"zh": "满意度", "en": "满意度"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("name"), "the file: 'name' is missing."),
        (
            lambda d: d.update(colour=1),
            "the file: the key 'colour' is not known; known are code, name, scale, tree.",
        ),
        (lambda d: d.update(name={}), "name: a name is missing."),
        (lambda d: d.update(name={"en": " "}), "name: a name is missing."),
        (lambda d: d.update(name=[1]), "name: expected a text for each language, such as zh and en."),
        (lambda d: d.update(scale=5), "scale: expected keys and values here."),
        (lambda d: d["scale"].update(min=5), "scale: min (5) must be below max (5)."),
        (lambda d: d["scale"].update(max="five"), "scale.max: expected a number, found 'five'."),
        (lambda d: d["scale"].update(missing=["x"]), "scale.missing[0]: expected a number, found 'x'."),
        (lambda d: d.update(tree=[]), "tree: a tree needs at least one node."),
        (lambda d: d.update(tree="q1"), "tree: expected a list of nodes here."),
        (
            lambda d: d["tree"][1].update(code="room"),
            "tree[1]: the code 'room' is already used by tree[0].",
        ),
        (
            lambda d: d["tree"][0].update(code="index"),
            "tree[0]: the code 'index' is already used by the index.",
        ),
        (
            lambda d: d["tree"][0]["children"][1].update(weight=-2),
            "tree[0].children[1]: the weight of 'noise' is -2.0; it must be zero or more.",
        ),
        (
            lambda d: d["tree"][0]["children"][1].update(weight=float("nan")),
            "tree[0].children[1]: the weight of 'noise' is nan; it must be zero or more.",
        ),
        (
            lambda d: d["tree"][0]["children"][1].update(weight=True),
            "tree[0].children[1].weight: expected a number, found True.",
        ),
        (
            lambda d: d["tree"][1]["children"][0].update(weight=0),
            "tree[1].children: all weights are zero; at least one node must count.",
        ),
        (
            lambda d: d["tree"][1]["children"][0].pop("column"),
            "tree[1].children[0]: 'overall' has neither children nor a column.",
        ),
        (
            lambda d: d["tree"][1].update(column="q9"),
            "tree[1]: 'staff' has both children and a column; it must be a group or an item.",
        ),
        (
            lambda d: d["tree"][1].update(reversed=True),
            "tree[1]: 'staff' has children; only items may be reversed or have a scale.",
        ),
        (
            lambda d: d["tree"][0]["children"][0].update(reversed="no"),
            "tree[0].children[0].reversed: expected true or false.",
        ),
        (
            lambda d: d["tree"][0].update(code=1.1),
            "tree[0].code: expected a text, found 1.1; put it in quotes.",
        ),
        (lambda d: d["tree"][0].pop("code"), "tree[0]: 'code' is missing."),
        (lambda d: d["tree"].append(None), "tree[2]: expected keys and values here."),
    ],
)
def test_an_unusable_tree_is_refused_with_place_and_reason(source, change, message):
    change(source)
    with pytest.raises(TreeError) as caught:
        Tree.from_dict(source)
    assert str(caught.value) == message
    assert isinstance(caught.value, MeasureError)


def chain(levels):
    node = {"code": f"n{levels}", "name": {"en": "x"}, "column": "q"}
    for level in range(levels - 1, 1, -1):
        node = {"code": f"n{level}", "name": {"en": "x"}, "children": [node]}
    return {"name": {"en": "x"}, "scale": {"min": 0, "max": 1}, "tree": [node]}


def test_eight_levels_are_deep_enough():
    assert max(p.level for p in Tree.from_dict(chain(8)).nodes()) == 8
    with pytest.raises(TreeError, match="deeper than 8 levels"):
        Tree.from_dict(chain(9))


def test_a_hostile_depth_is_refused_and_not_a_crash():
    with pytest.raises(TreeError, match="deeper than 8 levels"):
        Tree.from_dict(chain(500))


def test_a_tree_built_by_hand_is_checked_as_well():
    leaf = Node("a", {"en": "A"}, column="q")
    with pytest.raises(TreeError, match="already used"):
        Tree({"en": "x"}, Scale(1, 5), (leaf, leaf))
