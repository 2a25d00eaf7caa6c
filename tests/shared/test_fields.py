"""What a field may hold: the definitions that every door reads."""

from datetime import date

import pytest

from services.registry.record_fields import EMAIL, PHONE
from shared import fields
from shared.fields import CODE, EXTERNAL_ID, NAME, PROSE, Wrong

TAKEN = [
    (NAME, " Kamara ", "Kamara"),
    (NAME, "Ó Súilleabháin-N'Diaye", "Ó Súilleabháin-N'Diaye"),
    (NAME, "\u0930\u093e\u091c\u0942", "\u0930\u093e\u091c\u0942"),  # Raju: a letter, then its vowel sign
    (
        NAME,
        "\u0645\u06cc\u200c\u0631\u0627",
        "\u0645\u06cc\u200c\u0631\u0627",
    ),  # a joiner inside a Persian name
    (NAME, "Backslash \\u0012 text", "Backslash \\u0012 text"),
    (PROSE, "First.\nSecond.", "First.\nSecond."),
    (EXTERNAL_ID, "HR/2024 0017", "HR/2024 0017"),
    (CODE, "SL-F.1_x", "SL-F.1_x"),
    (EMAIL, "aminata.kamara@example.org", "aminata.kamara@example.org"),
    (PHONE, "(022) 76-000/1", "(022) 76-000/1"),
    (PHONE, "+232 76 000 000", "+232 76 000 000"),
]
REFUSED = [
    *(
        (NAME, text, "blank")
        for text in ("", " ", "\u00a0", "\u200b", "\u2060\u200d", "\u3164", "\u2800", "\u0301")
    ),
    *(
        (NAME, text, "control-character")
        for text in (
            "Two\nLines",
            "Tab\tbed",
            "Back\bspace",
            "Kamara\n",
            "A\u2028B",
            "A\x7fB",
            "A\x85B",
            "A\u202eB",
        )
    ),
    (NAME, "K" * 201, "too-long"),
    (PROSE, "Bell\x07", "control-character"),
    (EXTERNAL_ID, "x" * 129, "too-long"),
    (EXTERNAL_ID, "\t", "control-character"),
    *((CODE, text, "malformed") for text in ("A B", "-A", "\uff21\uff11", "A\u200bB", "../A")),
    *(
        (EMAIL, text, "malformed")
        for text in ("a@b", "a b@c.org", "a@b.org,e@f.org", "<a@b.org>", "a@.b.org", "a@b..org", "a@b@c.org")
    ),
    (EMAIL, "a@example.org\r\nBcc: all@example.org", "control-character"),
    *(
        (PHONE, text, "malformed")
        for text in ("n/a", "+--", "12", "+\u0662\u0663\u0662 76", "76000000 ext. 4")
    ),
]


@pytest.mark.parametrize(("text", "given", "stored"), TAKEN)
def test_what_fits_is_stored_without_the_space_around_it(text, given, stored):
    assert text.read(given) == stored


@pytest.mark.parametrize(("text", "given", "code"), REFUSED)
def test_what_does_not_fit_is_refused_and_not_repeated(text, given, code):
    with pytest.raises(Wrong) as refused:
        text.read(given)
    assert refused.value.code == code
    assert not given.strip() or given not in refused.value.detail


def test_an_open_end_is_written_as_the_last_day_that_there_is():
    assert fields.last_day(fields.OPEN_END) is None
    assert fields.last_day(date(2026, 9, 30)) == date(2026, 9, 30)
    for day in (date(2201, 1, 1), date(1899, 12, 31), date(9999, 12, 30)):
        with pytest.raises(Wrong):
            fields.last_day(day)


@pytest.mark.parametrize(("text", "value"), [("8.10", 8.1), ("-11,33", -11.33), ("+7", 7.0)])
def test_a_number_has_digits_and_one_point(text, value):
    assert fields.number(text) == value


@pytest.mark.parametrize(
    "text", ["8_5", "1e1", "nan", "inf", "\u0668", "\uff18", "1.2.3", "1,000.5", ".5", "", "0x1", "9" * 400]
)
def test_what_only_python_reads_as_a_number_is_refused(text):
    with pytest.raises(Wrong):
        fields.number(text)
