import pytest

from manyi.measures.errors import OptionError
from manyi.measures.pls import Model


def test_presets_have_the_paths_of_their_standard():
    constructs = ("expectations", "quality", "value", "satisfaction", "complaints", "loyalty")
    assert len(Model.acsi({name: [name] for name in constructs}).paths) == 9
    constructs = ("image", "expectation", "quality", "value", "satisfaction", "complaints", "loyalty")
    assert len(Model.ecsi({name: [name] for name in constructs}).paths) == 12
    constructs = ("image", "expected", "quality", "value", "satisfaction", "loyalty")
    assert len(Model.ccsi({name: [name] for name in constructs}).paths) == 11


def test_causal_order_and_arrows():
    model = Model({"c": ["z"], "b": ["y"], "a": ["x"]}, [("a", "b"), ("b", "c"), ("a", "c")])
    assert model.causal_order() == ("a", "b", "c")
    assert model.endogenous == ("c", "b")
    assert model.most_arrows == 2
    assert Model({"a": ["1", "2", "3"], "b": ["4"]}, [("a", "b")], {"a": "B"}).most_arrows == 3


@pytest.mark.parametrize(
    ("blocks", "paths", "modes", "message"),
    [
        ({"a": []}, [], {}, "'a' has no columns"),
        ({"a": ["x"], "b": ["x"]}, [("a", "b")], {}, "'x' measures both 'a' and 'b'"),
        ({"a": ["x"], "b": ["y"]}, [("a", "c")], {}, "names 'c', which has no columns"),
        ({"a": ["x"], "b": ["y"]}, [("a", "b"), ("a", "b")], {}, "given twice"),
        ({"a": ["x"], "b": ["y"]}, [("a", "b"), ("b", "a")], {}, "run in a circle"),
        ({"a": ["x"], "b": ["y"]}, [("a", "a"), ("a", "b")], {}, "run in a circle"),
        ({"a": ["x"], "b": ["y"], "c": ["z"]}, [("a", "b")], {}, "'c' has no path"),
        ({"a": ["x"], "b": ["y"]}, [("a", "b")], {"a": "C"}, "must be A or B"),
        ({"a": ["x"], "b": ["y"]}, [("a", "b")], {"z": "A"}, "mode for 'z'"),
    ],
)
def test_a_model_that_cannot_be_estimated_is_refused(blocks, paths, modes, message):
    with pytest.raises(OptionError, match=message):
        Model(blocks, paths, modes)


def test_a_preset_refuses_a_construct_it_does_not_have():
    with pytest.raises(OptionError, match="ACSI has no construct 'image'"):
        Model.acsi({"image": ["x"]})
