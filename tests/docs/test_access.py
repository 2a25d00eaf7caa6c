"""The page on access shows who may what as the code decides it, for every operation that there is."""

from deploy.contracts import access_docs
from shared.auth.operations import OPERATIONS
from shared.auth.rights import RIGHTS
from tests.contract.http.documents import operations


def test_the_tables_are_as_the_code_says():
    old = access_docs.PAGE.read_text()
    assert access_docs.page(old) == old, "run python -m deploy.contracts.access_docs"


def test_every_operation_asks_for_a_right():
    assert {name for name, _ in operations()} == OPERATIONS.keys()
    asked = {right for rights in OPERATIONS.values() for right in rights}
    assert asked <= RIGHTS.keys()
    assert RIGHTS.keys() - asked == {"snapshot.read"}  # between services, in no document
