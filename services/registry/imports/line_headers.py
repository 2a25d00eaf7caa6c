"""The fields of each kind of list, with the usual headers of their columns in CSV."""

from collections.abc import Mapping
from typing import NamedTuple

# Field -> headers in English and French, as `header_key` writes them, beside the field's own name.
_PERSON_NUMBER = (
    "personid", "personnumber", "employeeid", "employeenumber", "staffid", "staffnumber", "payrollnumber", "hrid",
    "id", "matricule", "numeromatricule", "nummatricule", "numerodagent", "identifiant",
)  # fmt: skip
_DAY_FROM = ("from", "start", "startdate", "validfrom", "since", "datededebut", "datedebut", "debut", "du")
_DAY_TO = ("to", "end", "enddate", "validto", "until", "datedefin", "datefin", "fin", "au")
_CADRE = ("profession", "occupation", "cadreprofessionnel", "corps", "categorie")
_ROLE = ("role", "jobcode", "job", "fonction", "codefonction")
_UNIT: dict[str, tuple[str, ...]] = {
    "unit_code": (
        "unit", "facilitycode", "orgunit", "codeunite", "codedelaformationsanitaire", "codestructure",
        "codeetablissement",
    ),
    "unit_external_id": ("facilityid", "identifiantdelaformationsanitaire"),
    "unit_system": (),
}  # fmt: skip
_LEAVING = {
    "reason": ("reason", "leavingreason", "motif", "motifdudepart"),
    "destination": ("destination", "leavingdestination", "destinationdudepart"),
}
_PEOPLE = {
    "external_id": _PERSON_NUMBER,
    "family_name": ("surname", "lastname", "name", "nom", "nomdefamille"),
    "given_name": ("firstname", "givennames", "forename", "othernames", "prenom", "prenoms"),
    "phone": ("telephone", "phonenumber", "mobile", "tel", "numerodetelephone"),
    "email": ("emailaddress", "mail", "courriel", "adresseelectronique", "adresseemail"),
    "sex": ("gender", "sexe", "genre"),
    "birth_year": ("yearofbirth", "yob", "anneedenaissance", "anneenaissance"),
    "cadre": _CADRE,
    "former_external_id": ("formernumber", "oldnumber", "ancienmatricule"),
}
_POSTS = {
    "external_id": ("postid", "postnumber", "positionid", "positionnumber", "numerodeposte", "codeposte"),
    "person_external_id": _PERSON_NUMBER,
    **_UNIT,
    "role_code": _ROLE,
    "valid_from": _DAY_FROM,
    "valid_to": _DAY_TO,
    "end_reason": _LEAVING["reason"],
    "end_destination": _LEAVING["destination"],
    "acting": ("interim", "parinterim", "adinterim"),
    "primary": ("main", "principal", "posteprincipal"),
    "manager_external_id": ("manager", "supervisor", "reportsto", "superieur", "responsable"),
    "as_of": ("apartirdu",),
}
_LEAVERS = {
    "external_id": _PERSON_NUMBER,
    "on": ("leavingdate", "dateofleaving", "lastdayplusone", "datededepart", "datedepart"),
    **_LEAVING,
}
_POSTS_OF = ("numberofposts", "established", "nombredepostes", "postes", "effectifprevu")


class Fields(NamedTuple):
    """The fields of a kind of list with their usual headers; a file without a `needed` one is refused."""

    headers: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]


FIELDS = {
    "people": Fields(_PEOPLE, ("external_id", "family_name")),
    "posts": Fields(_POSTS, ("external_id", "role_code", "valid_from")),
    "leavers": Fields(_LEAVERS, ("external_id", "on")),
    "established-posts": Fields(
        _UNIT | {"role_code": _ROLE, "posts": _POSTS_OF, "valid_from": _DAY_FROM},
        ("role_code", "posts", "valid_from"),
    ),
    "post-norms": Fields(
        {
            "unit_type": ("type", "facilitytype", "typedetablissement", "typedestructure"),
            "role_code": _ROLE,
            "posts": ("norm", "norme", *_POSTS_OF),
            "valid_from": _DAY_FROM,
        },
        ("unit_type", "role_code", "posts", "valid_from"),
    ),
    "staffing-minimums": Fields(
        _UNIT
        | {
            "cadre": _CADRE,
            "staff": ("minimum", "minimumstaff", "effectifminimum", "effectif"),
            "valid_from": _DAY_FROM,
        },
        ("cadre", "staff", "valid_from"),
    ),
}
