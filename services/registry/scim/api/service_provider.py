"""What the service provider announces, and enforces: resource types, schemas, limits."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    Error,
    ETag,
    Filter,
    ForbiddenException,
    NotFoundException,
    Pagination,
    Patch,
    PatchOp,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
)
from scim2_server.bulk import BulkPlan
from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService

from services.registry.scim.api.error_mapping import error_of, passing
from services.registry.scim.api.passed_over import without_managers
from services.registry.scim.api.request_sizes import check_attributes, check_paths, check_search, check_size
from services.registry.scim.api.resources import EnterpriseUser, Group, HealthUser, HeldPost, Person, User
from shared.auth import rights
from shared.auth.caller import Caller

MOST_OPERATIONS = 500
LARGEST_BODY = 1 << 20  # bytes, as much as the gateway takes
MOST_RESULTS = 200
PAGE = 100
LAST_START = 1 << 31

READS = {"User": "person.read", "Group": "post.read"}
RIGHTS: Mapping[Operation, str] = {
    Operation.create: "person.record",
    Operation.replace: "person.keep",
    Operation.patch: "person.keep",
    Operation.delete: "person.keep",
    Operation.query: "person.read",
    Operation.search: "person.read",
    Operation.search_with_body: "person.read",
}


@cache
def provider() -> ScimProvider:
    """The resource types with their schemas, and the configuration.

    What identity systems send beyond the schemas is left out without a refusal, as RFC 7644 section 3.3 lets it;
    Microsoft Entra's forms of PATCH are taken.
    """
    scheme = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken,
        name="OAuth bearer token",
        description="An access token of the instance's OpenID Connect issuer, in the header Authorization.",
        spec_uri=Reference("https://www.rfc-editor.org/info/rfc6750"),
        primary=True,
    )
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=LARGEST_BODY),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        pagination=Pagination(cursor=True, index=True, default_page_size=PAGE, max_page_size=MOST_RESULTS),
        authentication_schemes=[scheme],
    )
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    types = [ResourceType.from_resource(Person), ResourceType.from_resource(Group)]
    return ScimProvider([User, EnterpriseUser, HealthUser, Group], types, config, policy)


class Me:
    """The subject of a request: who calls, and the person that the sign-in is tied to."""

    def __init__(self, caller: Caller, person_id: str | None) -> None:
        self.caller, self.person_id = caller, person_id


def posts_of(user: Person) -> list[HeldPost] | None:
    """The posts in a user's extension; a copy."""
    found = user[HealthUser]
    return None if found is None or found.posts is None else [each.model_copy() for each in found.posts]


class Service(ScimService):
    """The protocol, with the registry's rights in front and its refusals as SCIM's errors."""

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        """Whether a role of the caller gives the right at all; units and relations are asked with the data.

        Raises Forbidden `role-missing`, and ForbiddenException for changes of groups.
        """
        right = RIGHTS[target.operation]
        group = resource_type.name == "Group"
        rights.require(request.subject.caller, "post.read" if group and right == "person.read" else right)
        if group and right != "person.read":
            raise ForbiddenException(detail="Groups follow from posts: change the posts of the members.")

    def me_target(self, request: ScimRequest) -> tuple[ResourceType, str]:
        """The caller's own person. Raises NotFoundException for a sign-in that is nobody's."""
        if request.subject.person_id is None:
            raise NotFoundException(detail="The sign-in is tied to no person.")
        return self.get_resource_type("User"), request.subject.person_id

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        """As its parent. Raises as `check_search`."""
        check_search(payload)
        search, position = super().read_search(resource_types, payload)
        if search.cursor is None:
            search.start_index = min(search.start_index or 1, LAST_START)
        return search, position

    def read_response_parameters(
        self, resource_type: ResourceType, query: Mapping[str, str]
    ) -> ResponseParameters[Any]:
        """As its parent. Raises as `check_attributes`."""
        check_attributes(query)
        return super().read_response_parameters(resource_type, query)

    def read_patch(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> "PatchOp[Any]":
        """As its parent, without changes of `manager`. Raises as `check_paths`."""
        check_paths(body)
        return super().read_patch(resource_type, without_managers(body), content_type)

    def read_bulk(self, body: bytes, content_type: str | None) -> BulkPlan:
        """As its parent. Raises as `check_paths`."""
        check_paths(body)
        return super().read_bulk(body, content_type)

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        """As its parent; `active` and `posts` that a replacement leaves out stay (RFC 7644 section 3.5.1)."""
        current, replacement = cast("Person", current), cast("Person", replacement)
        if replacement.active is None:
            replacement.active = current.active
        before, after = current[HealthUser], replacement[HealthUser]
        if before is not None and before.posts is not None and (after is None or after.posts is None):
            replacement[HealthUser] = after or HealthUser()
            replacement[HealthUser].posts = before.posts
        return super().apply_replacement(current, replacement, conditions)

    def apply_patch(
        self, current: Resource[Any], patch_op: "PatchOp[Any]", conditions: Conditions
    ) -> Resource[Any] | None:
        """As its parent; who is deactivated, and nothing else, has no posts any more."""
        check_size(patch_op)
        user = cast("Person", current)
        worked, before = user.active is not False, posts_of(user)
        changed = super().apply_patch(current, patch_op, conditions)
        if worked and user.active is False and posts_of(user) == before and before is not None:
            user[HealthUser].posts = None
        return changed

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """The resource as it is now: some clients take no 204."""
        return self.resource_response(
            self.publish(base_url, resource), Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters
        )

    def resource_types(self, location: str, query: Mapping[str, str]) -> ScimResponse:
        """As its parent, with the types of which a client may make resources: groups follow from posts."""
        response = super().resource_types(location, query)
        assert response.body is not None
        found = [each for each in response.body["Resources"] if each["id"] != "Group"]
        counts = {"totalResults": len(found), "itemsPerPage": len(found)}
        return ScimResponse(response.status, {**response.body, **counts, "Resources": found})

    def authorized_types(
        self, request: ScimRequest, target: Target, resource_types: list[ResourceType]
    ) -> list[ResourceType]:
        """As its parent; at the root without the types that the roles of the caller do not give."""
        if target.endpoint is not None or len(resource_types) < 2:
            return super().authorized_types(request, target, resource_types)
        found = [
            each for each in resource_types if rights.reaches(request.subject.caller, READS[str(each.name)])
        ]
        return super().authorized_types(request, target, found or resource_types)

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        """As its parent; what may pass later ends the whole request, of which nothing is stored then."""
        if passing(exception):
            raise exception
        return super().bulk_failure(outcome, exception)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """As its parent, and for the registry's own refusals."""
        found = ScimService.error_of(exception)
        return error_of(exception) if found.status == 500 else found
