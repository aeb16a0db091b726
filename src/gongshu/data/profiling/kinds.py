"""The kinds of meaning that a column can have: a table, read from top to bottom.

`names` is searched in the normalised name of the column ("patientID" → "patient id").
`check` looks at one value; `alone` is a stricter check that suffices without the name, and
`enough` the share of values that must pass it. A kind without a check is known by name only.

`subject` and `care` feed the grade proposal (grades.py):
- subject "person" says on its own that the table is about people; "trait" is a property that
  people have (several together say so); "contact" belongs to whom the table is about;
- care "sensitive" is sensitive personal information (个人信息保护法 art. 28), "serious" what may
  do a person serious harm, "general" any other personal information.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gongshu.data.profiling import checks
from gongshu.wording import Sentence

Check = Callable[[str], bool]
Subject = Literal["person", "trait", "contact", "organisation", "other"]
Care = Literal["sensitive", "serious", "general", "none"]

TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"
CODE = (TEXT, NUMBER)
ANY = (TEXT, NUMBER, DATE, BOOLEAN)


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    title: Sentence
    subject: Subject
    care: Care
    names: re.Pattern[str]
    families: tuple[str, ...] = (TEXT,)
    check: Check | None = None
    alone: Check | None = None
    enough: float = 0.95
    # The name stands even where the values contradict: they may be masked or hashed.
    holds_by_name: bool = False


def _kind(
    code: str,
    titles: tuple[str, str],
    about: tuple[Subject, Care],
    names: str,
    families: tuple[str, ...] = (TEXT,),
    check: Check | None = None,
    alone: Check | None = None,
    enough: float = 0.95,
    holds_by_name: bool = False,
) -> Kind:
    zh, en = titles
    return Kind(
        code, Sentence(en=en, zh=zh), *about, re.compile(names), families, check, alone, enough,
        holds_by_name,
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (
    # Who it is
    _kind("resident_id", ("居民身份证号", "resident identity number"), ("person", "sensitive"),
          r"身份证(?!地址|住址)|公民身份号码|居民身份|证件号"
          r"|\b(id ?card|idno|id (no|number)|citizen id|resident id|national id"
          r"|identity (no|number|card)|sfzh?m?|zjhm)\b",
          CODE, checks.is_resident_number, checks.is_resident_number, 0.8, True),
    _kind("credit_code", ("统一社会信用代码", "unified social credit code"),
          ("organisation", "none"),
          r"信用代码|\b(uscc|usci|credit code|tyshxydm)\b",
          (TEXT, NUMBER), checks.is_credit_code, checks.is_credit_code, 0.8, True),
    _kind("mobile", ("手机号", "mobile number"), ("person", "general"),
          r"手机(?!品牌|型号)|移动电话|联系方式|\b(mobile|cell ?phone|sjh)\b",
          CODE, checks.is_mobile, checks.is_mobile),
    _kind("phone", ("电话号码", "telephone number"), ("contact", "general"),
          r"电话|固话|传真|\b(phone|tel|telephone|fax|landline|hotline)\b",
          CODE, checks.is_phone, checks.is_landline),
    _kind("email", ("电子邮箱", "e-mail address"), ("contact", "general"),
          r"邮箱|电子邮件|\b(e ?mail|mail)\b", (TEXT,), checks.is_email, checks.is_email, 0.9),
    _kind("bank_card", ("银行卡号", "bank card number"), ("person", "sensitive"),
          r"银行卡|卡号|银行账[号户]|\b(bank card|card (no|number)|credit card|bank account)\b",
          CODE, checks.is_bank_card, checks.is_bank_card, 0.95, True),
    _kind("plate", ("车牌号", "vehicle plate"), ("person", "general"),
          r"车牌|号牌|\b(plate|licen[cs]e plate|plate (no|number))\b",
          (TEXT,), checks.is_plate, checks.is_plate, 0.9),
    _kind("person_name", ("姓名", "name of a person"), ("person", "general"),
          r"姓名|人名|联系人|法定代表人|法人代表|户主|申请人|当事人|负责人|患者$"
          r"|\b(full|person|real|first|last|given|family|patient|student) name\b|\b(surname|xm)\b",
          (TEXT,), checks.is_person_name, checks.is_common_person_name, 0.9),
    _kind("person_code", ("人员编号", "number of a person"), ("person", "general"),
          r"患者(编号|id)|病人|学号|工号|人员编[号码]|用户(编号|id)|病历号|住院号|参保(号|编号)"
          r"|\b(person|patient|student|employee|user|customer|subject|member|citizen) ?"
          r"(id|no|number|code)\b", CODE, None, None, 0.95, True),
    # What a person is like
    _kind("religion", ("宗教信仰", "religion"), ("trait", "sensitive"),
          r"宗教|信仰|\breligi(on|ous)\b", CODE),
    _kind("health", ("医疗健康", "health"), ("trait", "sensitive"),
          r"疾病|病种|病名|诊断|症状|病史|过敏|血型|血压|用药|处方|死因|死亡原因|残疾|体检|手术"
          r"|\b(disease|diagnos[ei]s|symptom|illness|medication|prescription|icd ?(10|11)?"
          r"|blood (type|pressure|group)|cause of death|disability|patient status)\b", ANY),
    _kind("biometric", ("生物识别信息", "biometric data"), ("person", "sensitive"),
          r"指纹|虹膜|人脸|声纹|掌纹"
          r"|\b(fingerprint|face (id|image|feature)|voiceprint|biometric)\b", ANY),
    _kind("track", ("行踪轨迹", "whereabouts"), ("person", "sensitive"),
          r"行踪|轨迹|住宿记录|\b(whereabouts|trajectory|itinerary)\b", ANY),
    _kind("criminal_record", ("违法犯罪记录", "criminal record"), ("trait", "sensitive"),
          r"犯罪|前科|违法记录|\bcriminal record\b", ANY),
    _kind("income", ("个人收入", "income of a person"), ("trait", "serious"),
          r"收入|工资|薪[资酬]|公积金|\b(income|salary|wages?|earnings)\b", CODE),
    _kind("sex", ("性别", "sex"), ("trait", "general"),
          r"性别|\b(sex|gender|male|female)\b",
          (TEXT, NUMBER, BOOLEAN), checks.is_sex, checks.is_sex_in_words, 1.0),
    _kind("birth_date", ("出生日期", "date of birth"), ("trait", "general"),
          r"出生|生日|\b(birth|birthday|birthdate|dob)\b", ANY),
    _kind("age", ("年龄", "age"), ("trait", "general"),
          r"年龄|\bage\b", CODE, checks.is_age),
    _kind("ethnicity", ("民族或国籍", "ethnicity or nationality"), ("trait", "general"),
          r"民族|种族|国籍|籍贯|\b(race|ethnic(ity)?|nationality|native country)\b", CODE),
    _kind("education", ("受教育程度", "education"), ("trait", "general"),
          r"学历|学位|教育程度|文化程度|\b(education|educational level)\b", CODE),
    _kind("marital_status", ("婚姻状况", "marital status"), ("trait", "general"),
          r"婚姻|婚否|\bmarital\b", CODE),
    _kind("occupation", ("职业", "occupation"), ("trait", "general"),
          r"职业|职务|职称|\b(occupation|job title|workclass|profession)\b", CODE),
    _kind("body", ("身体特征", "body measures"), ("trait", "general"),
          r"身高|体重|\b(height|weight|bmi)\b", (NUMBER,)),
    # Where and whose
    _kind("organisation_name", ("单位名称", "name of an organisation"), ("organisation", "none"),
          r"(单位|企业|机构|公司|学校|医院|部门|商户)(名称|全称)|\b(company|organi[sz]ation|school"
          r"|enterprise|agency|hospital) name\b",
          (TEXT,), None, checks.is_organisation, 0.9),
    _kind("address", ("地址", "address"), ("contact", "general"),
          r"地址|住址|住所|居住地|\b(address|addr|street address|residence)\b",
          (TEXT,), checks.is_address, checks.is_full_address, 0.8),
    _kind("area_code", ("行政区划代码", "administrative area code"), ("other", "none"),
          r"区划|(地区|省份?|城市|区县|街道|县)(代?码|编码)|\b(area|region|province|city|county|district"
          r"|street|division) ?code\b|\b(adcode|xzqh(dm)?)\b",
          CODE, checks.is_area_code, checks.is_long_area_code, 0.9),
    _kind("country_code", ("国家代码", "country code"), ("other", "none"),
          r"国家(和地区)?代?码|国别"
          r"|\b(country ?code|country (id|iso)|iso ?(2|3|3166|code)?|alpha ?[23])\b",
          (TEXT,), checks.is_country_code, checks.is_country_code, 0.98),
    _kind("postal_code", ("邮政编码", "postal code"), ("contact", "none"),
          r"邮编|邮政编码|\b(zip|zip ?code|post ?code|postal code)\b", CODE, checks.is_postal_code),
    _kind("longitude", ("经度", "longitude"), ("contact", "none"),
          r"经度|\b(lon|lng|longitude)\b", CODE, checks.is_longitude),
    _kind("latitude", ("纬度", "latitude"), ("contact", "none"),
          r"纬度|\b(lat|latitude)\b", CODE, checks.is_latitude),
    _kind("coordinates", ("坐标", "coordinates"), ("contact", "none"),
          r"坐标|经纬度|\b(coordinates?|location|geo ?point|lat ?lon|lng ?lat)\b",
          (TEXT,), checks.is_point, checks.is_point),
    # What it measures
    _kind("money", ("金额", "amount of money"), ("other", "none"),
          r"金额|价格|单价|总价|费用|[^浪消免]费$|预算|资金|余额|\b(amount|price|cost|fees?|fare|budget"
          r"|revenue|payment|balance|gdp)\b", CODE, checks.is_money, checks.is_marked_money),
    _kind("date_text", ("日期（文本）", "date written as text"), ("other", "none"),
          r"日期|年月日|\bdate\b", CODE, checks.is_date, checks.is_date),
)  # fmt: skip

BY_CODE = {kind.code: kind for kind in KINDS}
