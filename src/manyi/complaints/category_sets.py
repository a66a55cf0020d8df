"""The sets of categories that ship, by industry: two levels, each with its Chinese and English name. Pure data."""

from __future__ import annotations

Names = tuple[str, str, str]

#: industry → ((code, zh, en) of a group, its categories likewise), …
SETS: dict[str, tuple[tuple[Names, tuple[Names, ...]], ...]] = {
    "manufacturing": (
        (
            ("quality", "产品质量", "Product quality"),
            (
                ("quality-function", "功能失效", "Does not work"),
                ("quality-appearance", "外观不良", "Appearance"),
                ("quality-dimension", "尺寸超差", "Out of tolerance"),
                ("quality-noise", "异响或振动", "Noise or vibration"),
                ("quality-leak", "泄漏", "Leak"),
                ("quality-early", "早期失效", "Failed too early"),
                ("quality-mixed", "混料或错装", "Mixed or wrongly assembled"),
                ("quality-safety", "安全隐患", "Safety hazard"),
            ),
        ),
        (
            ("delivery", "交付", "Delivery"),
            (
                ("delivery-late", "交期延误", "Delivered late"),
                ("delivery-short", "数量短缺", "Quantity short"),
                ("delivery-wrong", "发错货", "Wrong goods"),
                ("delivery-damage", "运输损坏", "Damaged in transport"),
                ("delivery-packaging", "包装不良", "Packaging"),
            ),
        ),
        (
            ("after-sales", "售后服务", "After-sales service"),
            (
                ("after-sales-slow", "响应迟缓", "Slow response"),
                ("after-sales-repair", "维修质量", "Quality of repair"),
                ("after-sales-parts", "备件供应", "Supply of spare parts"),
                ("after-sales-manner", "服务人员态度", "Manner of service staff"),
            ),
        ),
        (
            ("commercial", "商务", "Commercial matters"),
            (
                ("commercial-price", "价格争议", "Price disputed"),
                ("commercial-invoice", "开票与对账", "Invoices and statements"),
                ("commercial-contract", "合同履行", "Contract not kept"),
            ),
        ),
        (
            ("documents", "随货资料", "Documents"),
            (
                ("documents-certificate", "质保书或合格证", "Certificates"),
                ("documents-manual", "说明书", "Manuals"),
            ),
        ),
    ),
    "services": (
        (
            ("staff", "人员服务", "Staff"),
            (
                ("staff-manner", "服务态度", "Manner"),
                ("staff-skill", "业务能力", "Competence"),
                ("staff-promise", "承诺未兑现", "Promise not kept"),
            ),
        ),
        (
            ("handling", "办理过程", "Handling"),
            (
                ("handling-waiting", "等候时间长", "Long waiting"),
                ("handling-procedure", "手续繁琐", "Cumbersome procedure"),
                ("handling-mistake", "办理差错", "Mistake in handling"),
                ("handling-passed-on", "推诿扯皮", "Passed from one to another"),
            ),
        ),
        (
            ("service", "服务质量", "Quality of service"),
            (
                ("service-outage", "服务中断", "Interruption"),
                ("service-unstable", "质量不稳定", "Unsteady quality"),
                ("service-description", "与宣传不符", "Not as described"),
                ("service-late", "未按时完成", "Not done in time"),
            ),
        ),
        (
            ("charges", "收费", "Charges"),
            (
                ("charges-wrong", "账单错误", "Wrong bill"),
                ("charges-untold", "收费未告知", "Charge not announced"),
                ("charges-refund", "退款迟缓", "Slow refund"),
            ),
        ),
        (
            ("premises", "环境与设施", "Premises"),
            (
                ("premises-clean", "环境卫生", "Cleanliness"),
                ("premises-broken", "设施故障", "Out of order"),
                ("premises-safety", "安全与秩序", "Safety and order"),
                ("premises-noise", "噪声扰民", "Noise"),
            ),
        ),
        (
            ("information", "信息与隐私", "Information and privacy"),
            (
                ("information-wrong", "信息不准确", "Wrong information"),
                ("information-missing", "未及时告知", "Not informed in time"),
                ("information-privacy", "个人信息泄露", "Personal data disclosed"),
            ),
        ),
    ),
}
