"""Words by which `quality` recognises questions that are hard to answer. Pure data; extend with an example in the tests.

Every expression is tried after brackets, examples ('such as …', '例如…') and placeholders have been taken out.
"""

from __future__ import annotations

import re

# Terms that hold a conjunction and still name one thing, and phrases such as 'compared with'.
ONE_THING = {
    "zh": re.compile(
        "和谐|和气|和蔼|温和|柔和|缓和|平和|和睦|饱和|总和|和平|亲和|随和|和解|参与|与否|赠与|给与|授与|与众不同|与其|与会|"
        "及时|及格|及早|涉及|普及|提及|波及|顾及|触及|危及|来得及|来不及|不及|惠及|或许|或多或少|"
        "研发与|研究与开发|质量与安全管理体系|住房和城乡建设|吃喝|衣食住行|售后及时|条款和条件|条款与条件|"
        "(?:家人|亲戚|亲友|朋友|同事|同行|家属|伙伴)(?:和|与|及|或|、)(?:家人|亲戚|亲友|朋友|同事|同行|家属|伙伴)|"
        "(?:您|我们|贵公司|我司|双方)(?:和|与)(?:您|我们|贵公司|我司)|"
        "(?:与|和|跟|同)[^，。；？、]{1,20}?(?:相比|相同|一样|一致|相称|沟通|联系|打交道|合作|接触|相符|有关|比较|匹配|对接|交流|往来)"
    ),
    "en": re.compile(
        r"terms and conditions|friends? (?:and|or) (?:family|colleagues?)|family (?:and|or) friends?|"
        r"colleagues? (?:and|or) friends?|more or less|and so on|pros and cons|back and forth|health and safety|"
        r"research and development|r&d|q&a|bed and breakfast|whether or not|over and above|drag and drop|"
        r"peace and quiet|once or twice|one or more|day (?:and|or) night|black and white|profit and loss|"
        r"supply and demand|now and then|first and foremost|and/or|trial and error|you and (?:us|we)|we and you|"
        r"between [\w\s'’-]{1,30} and |\d+ (?:and|or) \d+|"
        r"(?:two|three|four|five|six) (?:and|or) (?:three|four|five|six|seven)",
        re.IGNORECASE,
    ),
}
CONJUNCTION = {
    "zh": re.compile(r"(?<=[\u4e00-\u9fff”》])(?:以及|并且|而且|和|与|及|或者?)(?=[\u4e00-\u9fff“《])"),
    "en": re.compile(r"\b(?:and|or|as well as)\b|\s&\s", re.IGNORECASE),
}
# A list of things ('楼道、大堂'): milder, for often they are one thing in the respondent's eyes.
ENUMERATION = {
    "zh": re.compile(r"(?<=[\u4e00-\u9fff”》])、(?=[\u4e00-\u9fff“《])"),
    "en": re.compile(r"(?!)"),
}
EXAMPLES = {
    "zh": re.compile(r"（[^（）]*）|\([^()]*\)|【[^】]*】|(?:，|、)?(?:例如|比如|譬如|诸如)[^，。？]*"),
    "en": re.compile(
        r"\([^()]*\)|\[[^\]]*\]|,?\s*\b(?:such as|for example|for instance|e\.g\.|including)\b[^.?;]*",
        re.IGNORECASE,
    ),
}

LEADING = {
    "zh": re.compile(
        "难道|不觉得|不认为|是不是(?:很|非常|十分)|众所周知|显然|大家都|人人都|(?:大?多数|很多)人(?:都)?认为|想必|"
        "一定(?:很|非常|会)?(?:满意|喜欢|同意)|您同意吗|"
        "(?:优质|卓越|一流|完美|贴心|无微不至|优秀|出色|领先|先进|精心|热情周到)的(?=[\u4e00-\u9fff])|"
        "有多(?:好|棒|优秀|出色|喜欢)|多么"
    ),
    "en": re.compile(
        r"\b(?:don['’]t|wouldn['’]t|isn['’]t|aren['’]t|didn['’]t|won['’]t|shouldn['’]t) (?:you|it|we|they)\b|"
        r"\bobviously\b|(?:^|[.!?]\s*)clearly,|\bof course\b|\beveryone knows\b|\bmost people\b|\bsurely\b|"
        r"\bas you know\b|\bdo you agree that\b|\bhow much do you (?:love|like|enjoy)\b|"
        r"\bhow (?:good|great|excellent|outstanding|wonderful|amazing|helpful|fantastic) (?:is|was|are|were|do|did)\b|"
        r"\b(?:our|this|these|the) (?:excellent|outstanding|award-winning|world-class|first-class|superb|amazing|"
        r"wonderful|great|fantastic|leading|best-in-class)\b",
        re.IGNORECASE,
    ),
}

NOT_NEGATED = {
    "zh": re.compile(
        r"(?:不适用|不断|不仅|不但|不同|不管|不论|不过|不锈钢|不动产|不良品|不合格品|差不多|不好意思|有没有|无论|无障碍|无线|"
        r"无人机|无忧|无菌|未来|非常|除非|并非|没关系|不少|不久|无纸化|非机动车|未成年)|([\u4e00-\u9fff]{1,2})不\1"
    ),
    "en": re.compile(
        r"whether or not|not applicable|no later than|no[- ]shows?|not only|no\.\s*\d|don['’]t know|no one|notice",
        re.IGNORECASE,
    ),
}
NEGATION = {
    "zh": re.compile("不|没有|没|未|无(?!锡)|毫无|从未|缺乏"),
    "en": re.compile(
        r"\b(?:not|never|no|none|nobody|nothing|without|cannot|hardly|neither|nor|unable|lack(?:s|ed|ing)?)\b|n['’]t\b",
        re.IGNORECASE,
    ),
}

# What a label of a scale says. The first that matches decides.
LABEL = {
    "neutral": re.compile(
        r"一般|中立|普通|说不清|不好说|尚可|还行|无所谓|不确定|既不|neutral|neither|average|fair\b|so-so|undecided|no opinion",
        re.IGNORECASE,
    ),
    "negative": re.compile(
        r"不|差|难|低|失望|糟|从未|很少|反对|慢|坏|dissatisf|disagree|unlikely|difficult|\bhard\b|poor|bad|low|never|"
        r"rarely|unhappy|terrible|worse|worst|unacceptable|\bnot\b|slow|disappoint|horribl|awful",
        re.IGNORECASE,
    ),
    "positive": re.compile(
        r"满意|好|同意|愿意|可能|容易|优|高|总是|经常|快|赞|棒|satisf|agree|likely|easy|good|excellent|high|always|often|"
        r"happy|great|better|best|acceptable|fast|delight|perfect|outstanding",
        re.IGNORECASE,
    ),
}
