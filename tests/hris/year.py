"""A simulated year of an HRIS: what happens each month is written into the books and sent to Steward."""

from datetime import date
from random import Random
from typing import get_args

import pytest

from steward_client import Client, Problem, models
from tests.hris import faces
from tests.hris.bad_files import BROKEN, BROKEN_ROWS, refuse_all
from tests.hris.books import Books, Reason, Sex, Staff
from tests.hris.lines import leaver_line, people_table, person_line, post_line, posts_table

ROLES = ("facility-manager", "ward-manager")
CLINICS = {"E1A": "SL-E-1", "E1B": "SL-E-1", "E1C": "SL-E-1", "N1A": "SL-N", "N1B": "SL-N"}
MERGED, INTO = "E1B", "E1C"
FAMILIES = (
    "Kamara",
    "Sesay",
    "Conteh",
    "Bangura",
    "Koroma",
    "Turay",
    "Mansaray",
    "Jalloh",
    "Kargbo",
    "Fofanah",
)
GIVEN = ("Aminata", "Ibrahim", "Fatmata", "Mohamed", "Isatu", "Abu", "Hawa", "Sorie", "Mariama", "Alhassan")
ENCODING = "cp1252"  # of tables; every second month the files are such


def clean(report: models.ImportReport, received: int) -> models.ImportReport:
    """The report of a file of good lines."""
    assert (report["received"], report["rejected"]) == (received, []), report
    return report


class Year:
    """The HRIS at work; `client` speaks as its source system."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.books = Books(open_units=list(CLINICS))
        self._random = Random(2026)
        self._count = 0
        self.first_posts: list[models.PostLine] = []  # the file of the first month, as it was

    async def begin(self, today: date) -> None:
        """The clinics that are not there yet, and the staff of the first day by files."""
        for code in ("E1C", "N1A", "N1B"):
            unit: models.UnitToCreate = {
                "unit_code": code, "name": f"Clinic {code}", "type": "Clinic", "level": "facility",
                "parent": CLINICS[code], "open_from": "2020-01-01",
            }  # fmt: skip
            await self.client.post_units(unit)
        staff = [self._hired("file", today) for _ in range(20)]
        await self._send(staff, staff)
        self.first_posts = [post_line(each) for each in staff]

    async def month(self, number: int, today: date) -> None:
        """One month: returns and hires, transfers, a leaver, and what comes once a year."""
        if number == 4:
            await self.client.post_unit_merges({"units": [MERGED], "into": INTO, "on": today.isoformat()})
            self.books.merge(MERGED, INTO, today)
        people = [await self._return(today)] if number in (6, 9) else []
        people += [self._hired("file", today) for _ in range(2)]
        moved = self._one_of("file", today)
        self.books.transfer(moved, self._elsewhere(moved), today)
        await (self._send_tables if number % 2 else self._send)(people, [*people, moved])
        left = self._one_of("file", today)
        reason = self._random.choice(get_args(Reason))
        self.books.leave(left, today, reason)
        clean(await self.client.post_imports_leavers([leaver_line(left, today, reason)]), 1)
        if number % 3 == 0:
            await faces.scim_hire(self.client, self._hired("scim", today))
        if number % 4 == 2:
            await faces.fhir_hire(self.client, self._hired("fhir", today), today)
        if number == 7:
            user = self._one_of("scim", today)
            self.books.transfer(user, self._elsewhere(user), today)
            await faces.scim_transfer(self.client, user)
        if number == 10:
            user = self._one_of("scim", today)
            self.books.leave(user, today, None)
            await faces.scim_leave(self.client, user)

    async def bad_file(self, today: date) -> models.ImportReport:
        """A file whose good lines are among broken ones: those are taken, the others are named."""
        good = [self._hired("file", today) for _ in range(3)]
        lines: list[models.PersonLine | bytes] = [person_line(each) for each in good]
        report = await self.client.post_imports_people([lines[0], *BROKEN, *lines[1:]])
        clean(await self.client.post_imports_posts([post_line(each) for each in good]), len(good))
        return report

    async def bad_tables(self, today: date) -> models.ImportReport:
        """The same as a table, after files of which nothing can be taken at all."""
        await refuse_all(self.client)
        good = [self._hired("file", today) for _ in range(2)]
        table = people_table(good, ENCODING) + b"".join(BROKEN_ROWS)
        report = await self.client.post_imports_people_csv(table)
        clean(await self.client.post_imports_posts([post_line(each) for each in good]), len(good))
        return report

    async def erase(self, second: Client) -> None:
        """Somebody who has left is forgotten, by two people; a file that still has them is told so."""
        person = next(each for each in self.books.staff if each.left_on and each.face == "file")
        (known,) = [each async for each in self.client.all_people(external_id=person.number)]
        asked = await self.client.post_people_by_person_id_erase(known["person_id"])
        with pytest.raises(Problem) as alone:
            await self.client.post_erasures_by_erasure_id_confirm(asked["erasure_id"])
        assert alone.value.code == "role-missing"
        done = await second.post_erasures_by_erasure_id_confirm(asked["erasure_id"])
        assert done["person_id"] is None
        report = await self.client.post_imports_people([person_line(person)])
        assert [each["code"] for each in report["rejected"]] == ["identifier-erased"]
        self.books.erase(person)

    async def everything_again(self) -> list[models.ImportReport]:
        """The files of all who work here, as an HRIS sends them each night."""
        staff = self.books.working()
        return [
            clean(await self.client.post_imports_people([person_line(each) for each in staff]), len(staff)),
            clean(await self.client.post_imports_posts([post_line(each) for each in staff]), len(staff)),
        ]

    async def full_list(self, today: date) -> models.ImportReport:
        """Everybody who works here as a full list, looked at first and then applied; one person is not in it."""
        left = self._one_of("file", today)
        self.books.leave(left, today, None)
        staff = [each for each in self.books.staff if each.left_on is None]
        call, size, table = self.client.post_imports_people_csv, len(staff), people_table(staff, "utf-16")
        looked_at = clean(await call(table, full=True, lines_=size, dry_run=True), size)
        with pytest.raises(Problem) as cut_off:
            await call(people_table(staff[:-3], "utf-16"), full=True, lines_=size)
        assert cut_off.value.code == "list-incomplete"
        return clean(await call(table, full=True, lines_=size, digest=looked_at["digest"]), size)

    async def old_file(self) -> models.ImportReport:
        """The first month's file of posts once more, by mistake."""
        return await self.client.post_imports_posts(self.first_posts)

    async def _send(self, people: list[Staff], posts: list[Staff]) -> None:
        clean(await self.client.post_imports_people([person_line(each) for each in people]), len(people))
        clean(await self.client.post_imports_posts([post_line(each) for each in posts]), len(posts))

    async def _send_tables(self, people: list[Staff], posts: list[Staff]) -> None:
        reports = [
            clean(await self.client.post_imports_people_csv(people_table(people, ENCODING)), len(people)),
            clean(
                await self.client.post_imports_posts_csv(posts_table(posts, ENCODING), dates="DD/MM/YYYY"),
                len(posts),
            ),
        ]
        assert [each["encoding"] for each in reports] == [ENCODING, ENCODING]

    async def _return(self, today: date) -> Staff:
        """Who left first comes back under a new number; taking the leaving back is done one by one."""
        person = next(each for each in self.books.staff if each.left_on and each.face == "file")
        (known,) = [each async for each in self.client.all_people(external_id=person.number)]
        # Any version: a timer that a new day set off may publish the person meanwhile.
        await self.client.patch_people_by_person_id(known["person_id"], {"active": True}, if_match="*")
        self._count += 1
        unit = self._random.choice(self.books.open_units)
        self.books.come_back(person, f"hr-{self._count}", unit, f"p-{self._count}", today)
        return person

    def _hired(self, face: str, today: date) -> Staff:
        self._count += 1
        number, random = self._count, self._random
        person = Staff(
            number=f"hr-{number}",
            family=random.choice(FAMILIES),
            given=random.choice(GIVEN),
            sex=random.choice(get_args(Sex)),
            birth_year=None if face == "fhir" else random.randint(1965, 2000),
            cadre=random.choice(("Nurse", "Midwife", "Doctor")),
            face=face,
        )
        key = None if face == "scim" else f"p-{number}"
        unit = random.choice(self.books.open_units)
        return self.books.hire(person, unit, random.choice(ROLES), key, today)

    def _one_of(self, face: str, today: date) -> Staff:
        """Somebody whose latest term began before today."""
        return self._random.choice([each for each in self.books.working(face) if each.term.since < today])

    def _elsewhere(self, person: Staff) -> str:
        return self._random.choice([code for code in self.books.open_units if code != person.term.unit])
