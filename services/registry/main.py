from fastapi import FastAPI

from services.registry.access.queries import ask_again
from services.registry.clients.api import client_secrets, clients, token_endpoint
from services.registry.clients.commands.known_secrets import KnownSecrets
from services.registry.clients.commands.signing_keys import source
from services.registry.consumers import consumers
from services.registry.erasure import api as erasure
from services.registry.erasure.commands import erased_records as erasing
from services.registry.establishment.api import establishment
from services.registry.establishment.api import loads as establishment_loads
from services.registry.event_scope import api as event_scope
from services.registry.field_precedence import api as field_precedence
from services.registry.imports.api import csv_forms, facilities, imports
from services.registry.imports.api import runs as import_runs
from services.registry.leavings import api as leavings
from services.registry.matching import api as matching
from services.registry.matching.queries import measure
from services.registry.mcsd.api import audit_events as mcsd_audit_events
from services.registry.mcsd.api import binaries as mcsd_binaries
from services.registry.mcsd.api import reads as mcsd_reads
from services.registry.mcsd.api import writes as mcsd_writes
from services.registry.mcsd.commands import units_of_regions
from services.registry.merged_people import api as merged_people
from services.registry.national.api import national, unit_owners
from services.registry.national.commands import first_headcount_releases, headcounts, region_addresses
from services.registry.people.api import identifiers as person_identifiers
from services.registry.people.api import people, rater_subjects
from services.registry.people.queries.changed_people import changed_people
from services.registry.posts.api import identifiers as post_identifiers
from services.registry.posts.api import posts
from services.registry.publication import api as publication
from services.registry.region_transfers.api import arrivals, outgoing_transfers
from services.registry.republish import resend
from services.registry.retention import commands as retention
from services.registry.roles import api as roles
from services.registry.roles.commands import seed_roles
from services.registry.scim.api import endpoint as scim
from services.registry.source_systems import api as source_systems
from services.registry.source_systems.commands import local_system
from services.registry.timers import timers
from services.registry.units.api import identifiers as unit_identifiers
from services.registry.units.api import reorganisations, units
from shared import restored_erasures
from shared.app import build
from shared.audit_reading import api as audit
from shared.auth.key_set import KeySet
from shared.federation import epochs
from shared.http.wrong_guesses import WrongGuesses
from shared.releases import api as releases
from shared.settings import Settings

MODULES = (
    units,
    reorganisations,
    unit_identifiers,
    people,
    person_identifiers,
    posts,
    post_identifiers,
    roles,
    source_systems,
    clients,
    client_secrets,
    token_endpoint,
    field_precedence,
    leavings,
    imports,
    facilities,
    import_runs,
    csv_forms,
    establishment,
    establishment_loads,
    matching,
    merged_people,
    erasure,
    outgoing_transfers,
    arrivals,
    publication,
    rater_subjects,
    event_scope,
    national,
    mcsd_audit_events,
    mcsd_binaries,
    unit_owners,
    mcsd_reads,
    mcsd_writes,
    scim,
)


def create(settings: Settings | None = None) -> FastAPI:
    """The registry as an ASGI application; settings from the environment when None."""
    settings = settings or Settings(service="registry")
    app = build(
        "registry",
        routers=[
            *(module.router for module in MODULES),
            mcsd_writes.rest,  # what no interaction of FHIR is
            # Programme managers read who works today, not who left: `hris` alone reads everybody.
            releases.router("headcounts", everybody="person.keep"),
            audit.router("registry"),
        ],
        consumers=consumers,
        timers=timers,
        startup=[
            restored_erasures.step(settings, erasing.repeat),
            retention.follow(settings),
            seed_roles,
            first_headcount_releases.begin,
            local_system(settings),
            epochs.step(settings, resend),
            region_addresses.announce(settings),
            units_of_regions.follow_all(settings),
        ],
        suppressed=headcounts.withheld,
        measured=measure,
        ask_again=ask_again,
        keeps_individuals=True,
        changed_people=changed_people,
        settings=settings,
    )
    app.state.wrong_guesses = WrongGuesses()
    app.state.known_secrets = KnownSecrets(app.state.database)
    if settings.client_issuer:
        keys = KeySet("", read=source(app.state.database, settings.subject_pepper))
        app.state.tokens.trust_clients(settings.client_issuer, keys)
    return app
