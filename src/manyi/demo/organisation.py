"""The invented organisation: a pump maker with three branches, its people and its customers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from manyi.customers.models import Customer
from manyi.customers.services import change_customer
from manyi.customers.services_imports import run, upload
from manyi.demo import latent
from manyi.people import services as people
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.people.rights import Role
from manyi.scope import Scope

PASSWORD = "manyi-demo"  # noqa: S105
NAME = {"zh": "清涌泵业集团（演示）", "en": "Clearwell Pumps Group (demo)"}
BRANCHES: Mapping[str, Mapping[str, str]] = {
    "east": {"zh": "东区分公司", "en": "East branch"},
    "south": {"zh": "南区分公司", "en": "South branch"},
    "west": {"zh": "西区分公司", "en": "West branch"},
}
#: User name → display name, role, org unit.
USERS: Mapping[str, tuple[str, Role, str]] = {
    "admin": ("系统管理员 Admin", Role.ADMINISTRATOR, "group"),
    "manager": ("满意度经理 Manager", Role.SATISFACTION_MANAGER, "group"),
    "east": ("东区满意度经理 East manager", Role.SATISFACTION_MANAGER, "east"),
    "executive": ("总经理 Executive", Role.EXECUTIVE, "group"),
    "agent": ("东区客服 Agent", Role.AGENT, "east"),
    "interviewer": ("访问员 Interviewer", Role.INTERVIEWER, "group"),
    "handler": ("东区处理人 Handler", Role.HANDLER, "east"),
    "dealer": ("南区经销商 Dealer", Role.DEALER, "south"),
}
SEGMENTS = {"price": "价格型 Price", "service": "服务型 Service", "product": "产品型 Product"}
REGIONS = {
    "east": ("华东 East China", "华中 Central China"),
    "south": ("华南 South China", "东南亚 Southeast Asia"),
    "west": ("西南 Southwest China", "西北 Northwest China"),
}
INDUSTRIES = {
    "市政水务 Municipal water": ("水务", "供排水", "Waterworks"),
    "石油化工 Petrochemicals": ("化工", "石化", "Chemicals"),
    "电力 Power": ("热电", "能源", "Energy"),
    "楼宇暖通 Buildings": ("机电", "置业", "Building Services"),
    "农业灌溉 Irrigation": ("农业", "灌溉", "Irrigation"),
    "食品医药 Food and pharma": ("食品", "药业", "Foods"),
}
PRODUCT_LINES = (
    "离心泵 Centrifugal",
    "潜水泵 Submersible",
    "计量泵 Dosing",
    "成套泵站 Packaged stations",
)
_FIRST = "云泽岚澄禾青霁沐渔汀朔栖墨绮岑桐霖葭砚棠"
_SECOND = "渡川屏陌岭浦溪野洲湾坪塘原谷桥亭"
_ENGLISH = ("Blue", "Amber", "Silver", "Mist", "Cedar", "Gull", "Fern", "Otter", "Birch", "Heron")
_PLACES = ("mere", "ford", "wick", "holm", "combe", "stead", "firth", "leigh", "moor", "brook")
_SURNAMES = "陈李王张刘赵周吴郑孙冯褚卫蒋沈韩杨朱秦许"
_TITLES = ("工", "经理", "主任", "主管", "部长")
_ENGLISH_SURNAMES = ("Alder", "Finch", "Marsh", "Rowan", "Thorne", "Wren", "Hazel", "Larch", "Drake", "Teal")
_HEADER = (
    "customer number", "customer", "org unit", "tier", "segment", "industry", "region", "active", "contact",
    "e-mail", "phone", "language", "opted_out", "产品线 Product line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer as the latent model knows it."""

    code: str
    unit: str
    segment: str
    tier: str
    bond: float


def create_people(*, at: datetime) -> None:
    """Organisation, org units and users; everybody's password is PASSWORD."""
    system = Scope.system("demo")
    people.change_organisation(
        system, at=at, name=NAME, fatigue_days=60,
        postal_address="虚构市演示路 1 号 · 1 Example Road, Nowhere",
    )  # fmt: skip
    group = people.create_org_unit(
        system, code="group", name={"zh": "集团", "en": "Group"}, parent=None, at=at
    )
    units = {"group": group}
    for code, name in BRANCHES.items():
        units[code] = people.create_org_unit(system, code=code, name=dict(name), parent=group, at=at)
    for username, (name_, role, unit) in USERS.items():
        people.create_user(
            system, username=username, email=f"{username}@clearwell.example", name=name_, language="zh-hans",
            password=PASSWORD, roles=[(str(role), units[unit])], at=at,
        )  # fmt: skip


def invent(count: int, rng: np.random.Generator) -> tuple[list[Profile], list[Sequence[str]]]:
    """`count` customers and the rows of a customer list about them; some have a second contact."""
    profiles: list[Profile] = []
    rows: list[Sequence[str]] = []
    for number in range(1, count + 1):
        unit = str(rng.choice(latent.UNITS, p=[0.4, 0.33, 0.27]))
        segment = str(rng.choice(latent.SEGMENTS, p=[0.35, 0.35, 0.30]))
        tier = str(rng.choice(latent.TIERS, p=[0.1, 0.2, 0.4, 0.3]))
        profile = Profile(
            f"DEMO-{unit[0].upper()}{number:04d}", unit, segment, tier, float(rng.standard_normal())
        )
        profiles.append(profile)
        rows.extend(_rows(profile, number, rng))
    return profiles, rows


def _rows(profile: Profile, number: int, rng: np.random.Generator) -> list[Sequence[str]]:
    region = str(rng.choice(REGIONS[profile.unit], p=[0.8, 0.2]))
    industry = list(INDUSTRIES)[int(rng.integers(len(INDUSTRIES)))]
    english = "Southeast" in region or rng.random() < 0.03
    first, second, latin = INDUSTRIES[industry]
    if english:
        name = f"{_ENGLISH[number % 10]}{_PLACES[number // 10 % 10]} {latin} {number}"
    else:
        noun = first if rng.random() < 0.6 else second
        place = _FIRST[number % len(_FIRST)] + _SECOND[number // len(_FIRST) % len(_SECOND)]
        ending = ("有限公司", "集团", "股份有限公司", "工程公司")[
            number // (len(_FIRST) * len(_SECOND)) % 4 if number >= 320 else 0
        ]
        name = f"{place}{noun}{ending}"
    common = (
        profile.code, name, profile.unit, profile.tier, SEGMENTS[profile.segment], industry, region,
        "no" if rng.random() < 0.03 else "yes",
    )  # fmt: skip
    product = PRODUCT_LINES[int(rng.choice(4, p=[0.4, 0.3, 0.12, 0.18]))]
    contacts = 2 if rng.random() < 0.12 else 1
    found: list[Sequence[str]] = []
    for place_ in range(contacts):
        if english:
            contact = f"{('Ms', 'Mr')[(number + place_) % 2]} {_ENGLISH_SURNAMES[int(rng.integers(10))]}"
        else:
            contact = _SURNAMES[int(rng.integers(20))] + _TITLES[int(rng.integers(5))]
        email = "" if rng.random() < 0.04 else f"contact{place_ + 1}@customer{number}.example"
        phone = f"000-{number:04d}-{1000 + place_}"
        opted_out = "yes" if rng.random() < 0.01 else ""
        found.append((*common, contact, email, phone, "en" if english else "zh", opted_out, product))
    return found


def import_customers(count: int, *, rng: np.random.Generator, at: datetime) -> list[Profile]:
    """Bring the invented customers in as a manager would: by the import of a list."""
    profiles, rows = invent(count, rng)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([_HEADER, *rows])
    scope = scope_of(User.objects.get(username="manager"))
    group = OrgUnit.objects.get(code="group")
    row = upload(scope, data=file.getvalue().encode(), name="客户名单 customers.csv", unit=group, at=at)
    row.mapping["attributes"] = [_HEADER[-1]]
    row.save(update_fields=["mapping"])
    found = run(scope, row=row, at=at)
    if found.faults:
        raise ValueError(f"the demo's customer list has faults: {found.faults[:3]}")
    agent = User.objects.get(username="agent")
    for customer in Customer.objects.filter(unit__code="east", tier="A"):
        change_customer(scope, customer=customer, owner=agent, at=at)
    return profiles
