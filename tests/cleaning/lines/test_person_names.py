"""Does a text read as a person's name, a list of names, or the name of an outlet?"""

import pytest

from cleaning.lines.person_names import is_name, is_outlet, parse_names

NAMES = [
    "Ali Musa",
    "K. Nurow",
    "R. K. Thandeka",
    "Jean-Luc Saint-Amand",
    "Zamzam van der Egal",
    "Ludwig von der Heide",
    "María del Carmen Ríos",
    "Siobhán O’Dowd",
    "N'Golo Traoré",
    "Çağla Öztürk",
    "Đặng Thùy Lan",
    "Cabdi Xaaji Nuur",
    "Abdel-Rahman al-Sayed",
    "ALI MUSA",
    "Ole Gunnar Rask Jr.",
    "علي موسى",
    "ليان درويش",
    "ሰላም ታደለ",
    "कविता रंजन",
    "Вера Лугова",
    "Олеся Криниця",
    "林晓禾",
    "水野ひかる",
    "윤하늘",
    "شازیہ نذیر",
]
NO_NAMES = [
    "",
    "hand",
    "her sister",
    "her sister after the war",
    "a man in the crowd",
    "Friday, the river had fallen",
    "AFP",
    "ANTARA",
    "Staff Reporter",
    "News Desk",
    "Axadle Times",
    "Reuters",
    "Editorial Team",
    "Ali Musa said",
    "12 October 2024",
    "Ali Musa 3",
    "www.sahan.example",
    "Ali Musa Omar Xasan Nuur Cali Jaamac Warsame",
    "hand over three weeks",
    "the commission",
    "noon",
    "admin",
]
LISTS = [
    ("Ali Musa", ("Ali Musa",)),
    ("Ali Musa and K. Nurow", ("Ali Musa", "K. Nurow")),
    ("Ali Musa, Lena Foss and K. Nurow", ("Ali Musa", "Lena Foss", "K. Nurow")),
    ("Ali Musa, Lena Foss, and K. Nurow", ("Ali Musa", "Lena Foss", "K. Nurow")),
    ("Ali Musa & Lena Foss", ("Ali Musa", "Lena Foss")),
    ("Ali Musa/Lena Foss", ("Ali Musa", "Lena Foss")),
    ("Ali Musa; Lena Foss", ("Ali Musa", "Lena Foss")),
    ("Wiebke Harms und Ole Brandtner", ("Wiebke Harms", "Ole Brandtner")),
    ("Solène Margaux et Bastien Orsini", ("Solène Margaux", "Bastien Orsini")),
    ("Lucía Barrenco y Tomás Villarejo", ("Lucía Barrenco", "Tomás Villarejo")),
    ("Inês Tavora e Caio Brandini", ("Inês Tavora", "Caio Brandini")),
    ("Xaawo Guuleed iyo Maxamed Dheeg", ("Xaawo Guuleed", "Maxamed Dheeg")),
    ("Вера Лугова и Пётр Заимов", ("Вера Лугова", "Пётр Заимов")),
    ("هالة القاسمي و سامر النوري", ("هالة القاسمي", "سامر النوري")),
    ("هالة القاسمي، سامر النوري", ("هالة القاسمي", "سامر النوري")),
    ("周远、林晓禾", ("周远", "林晓禾")),
    ("Defne Kuzucu ve Mert Altınok", ("Defne Kuzucu", "Mert Altınok")),
    ("Ali Musa.", ("Ali Musa",)),
    ("her sister after the war", ()),
    ("Ali Musa, who was not there", ()),
    ("Ali Musa and the others", ()),
    ("AFP and Reuters", ()),
    ("", ()),
    (" , and ", ()),
]
OUTLETS = [
    "Axadle",
    "Axadle Times with agencies",
    "AFP",
    "AFP/Reuters",
    "dpa",
    "dpa/lbo",
    "The Velden Courier",
    "Radio Waberi",
    "sahan.example",
    "eSahra",
    "Le Courrier de Valcombe",
    "وكالات",
    "新华社",
    "Заречный вестник",
    "हरिपुर समाचार",
    "Radio 4",
    "20 Minuten",
    "agencies",
]
NO_OUTLETS = [
    "",
    "a man in the crowd",
    "a man in the crowd, who gave no name",
    "the archive under his arm",
    "“Nobody”",
    "Both agencies",
    "An employee who has seen the accounts. He asked not to be named",
    "Two of them",
    "the ministry's budget table, the court file and three interviews that nobody has seen",
]


@pytest.mark.parametrize("text", NAMES)
def test_reads_as_a_name(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", NO_NAMES)
def test_reads_as_no_name(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize(("text", "names"), LISTS)
def test_reads_a_list_of_names(text: str, names: tuple[str, ...]) -> None:
    assert parse_names(text) == names


@pytest.mark.parametrize("text", OUTLETS)
def test_reads_as_an_outlet(text: str) -> None:
    assert is_outlet(text)


@pytest.mark.parametrize("text", NO_OUTLETS)
def test_reads_as_no_outlet(text: str) -> None:
    assert not is_outlet(text)
