"""Labels of the National Statistical Committee's platform: columns, and Russian ones in English."""

COLUMNS = {
    "SERIES": "series",
    "Series": "series",
    "Серия": "series",
    "Reference area": "area",
    "Территория": "area",
    "Справочная зона": "area",
    "Sex": "sex",
    "Пол": "sex",
    "Age": "age",
    "Возраст": "age",
    "Возраст (лет)": "age",
    "Degree of urbanisation": "urbanisation",
    "Degree of urbanization": "urbanisation",
    "Местность": "urbanisation",
    "Income or wealth quantile": "wealth_quintile",
    "Квинтиль индекса благосостояния": "wealth_quintile",
    "Education level": "education",
    "Образование": "education",
    "Economic activity": "economic_activity",
    "Вид экономической деятельности": "economic_activity",
    "Disability status": "disability",
    "COMPOSITE_BREAKDOWN": "other_breakdown",
    "Composite breakdown": "other_breakdown",
}
YEAR = ("Year", "Год")
VALUE = ("Value", "Значение")
NOT_DIMENSIONS = {
    "Units", "UNIT_MEASURE", "Unit of measure", "Unit multiplier", "UNIT_MULT", "GeoCode",
    "Observation status", "OBS_STATUS", "Nature", "NATURE",
}  # fmt: skip
CLOSED = ("area", "sex", "urbanisation", "wealth_quintile")
TOTALS = frozenset({"Total", "Всего", "_T", "No breakdown", "Kyrgyzstan"})

_AREAS = {
    "Баткенская": "Batken",
    "Джалал-Абадская": "Jalal-Abad",
    "Джалал Абадская": "Jalal-Abad",
    "Иссык-Кульская": "Issyk-Kul",
    "Иссык Кульская": "Issyk-Kul",
    "Нарынская": "Naryn",
    "Ошская": "Osh",
    "Таласская": "Talas",
    "Чуйская": "Chui",
}
RUSSIAN = {
    **_AREAS,
    **{f"{russian} область": english for russian, english in _AREAS.items()},
    "г. Бишкек": "Bishkek (city)",
    "г.Бишкек": "Bishkek (city)",
    "Город Бишкек": "Bishkek (city)",
    "г. Ош": "Osh (city)",
    "г.Ош": "Osh (city)",
    "Город Ош": "Osh (city)",
    "Женщины": "Female",
    "женщина": "Female",
    "Мужчины": "Male",
    "мужчина": "Male",
    "Городская": "Urban",
    "Сельская": "Rural",
    "Беднейший": "Quintile 1 (poorest)",
    "Второй": "Quintile 2",
    "Средний": "Quintile 3",
    "Четвертый": "Quintile 4",
    "Богатейший": "Quintile 5 (richest)",
    "Дети в возрасте 0 - 17 лет": "under 18 years old",
    "Молодежь в возрасте 14 - 28 лет": "14 to 28 years old",
}
