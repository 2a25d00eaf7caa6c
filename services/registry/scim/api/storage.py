"""The storage of scim2-server: the registry's queries and commands, in the transaction of one request."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast
from uuid import UUID

from scim2_models import Resource, ResourceType, ResponseParameters, SearchRequest
from scim2_server.storage import AsyncScimStorage, SearchPage
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.api.mapping import group_of, user_of, values_of
from services.registry.scim.api.resources import Group, Person
from services.registry.scim.commands.author import Author
from services.registry.scim.commands.users import change_user, create_user, delete_user
from services.registry.scim.queries.everything import GROUP, Models, find_everything
from services.registry.scim.queries.groups import find_groups, get_group
from services.registry.scim.queries.users import Asker, find_users, get_user, read_user
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import writer_of
from shared.auth.caller import Caller
from shared.database.engine import raw


# ruff: noqa: ARG002  # the signatures are scim2-server's
class Storage(AsyncScimStorage):
    """Users for one caller. `system` is shown its own names of people, `named` is the one that a request names."""

    supports_cursors = True

    def __init__(
        self, session: AsyncSession, caller: Caller, system: str | None, named: str | None, base_url: str,
        *, writing: bool,
    ) -> None:  # fmt: skip
        self._session, self._caller, self._named = session, caller, named
        self._asker = Asker(caller, system)
        self._base_url, self._writing = base_url, writing
        self._known: Author | None = None

    async def get(
        self, resource_type: ResourceType, resource_id: str, *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:  # fmt: skip
        """One resource. Raises NotFound."""
        if resource_type.name == "Group":
            return group_of(await get_group(self._session, self._asker.caller, resource_id))
        return await self._user(resource_id)

    async def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """A page of resources of the type that is searched, or of all of them at the root.

        Without a filter a search at the root is one of users: who reads `/ResourceTypes` knows no groups.
        """
        session, asker = self._session, self._asker
        if len(resource_types) > 1 and search_request.filter is not None:
            models = Models(Person, Group)
            found = await find_everything(session, asker, search_request, models, self._base_url, position)
            resources: list[Resource[Any]] = [
                group_of(row) if row["kind"] == GROUP else user_of(row) for row in found.rows
            ]
            return SearchPage(found.total, resources, found.next)
        if resource_types[0].name == "Group":
            location = f"{self._base_url}/Groups"
            found = await find_groups(session, asker.caller, search_request, Group, location, position)
            return SearchPage(found.total, [group_of(row) for row in found.rows], found.next)
        location = f"{self._base_url}/Users"
        found = await find_users(session, asker, search_request, Person, location, position)
        return SearchPage(found.total, [user_of(row) for row in found.rows], found.next)

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """A new user. Raises what `create_user` does."""
        author = await self._author()
        created = await create_user(self._session, author, values_of(cast("Person", resource)))
        return user_of(await read_user(self._session, self._asker, created))

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """A changed user. Raises what `change_user` does."""
        assert resource.id is not None
        author = await self._author()
        await change_user(
            self._session, author, UUID(resource.id), values_of(cast("Person", resource)), expected_version
        )
        return user_of(await read_user(self._session, self._asker, UUID(resource.id)))

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        """A user who is no more."""
        author = await self._author()
        await delete_user(self._session, UUID(resource_id), expected_version, author.writer.by)

    def operation(self) -> AbstractAsyncContextManager[None]:
        """A savepoint, so that a refused operation of a bulk request leaves nothing behind."""
        return self._savepoint()

    @asynccontextmanager
    async def _savepoint(self) -> AsyncIterator[None]:
        if not self._writing:
            yield
            return
        try:
            async with self._session.begin_nested():
                yield
        except BaseException:
            self._known = None  # the lock that was taken for it went with the savepoint
            raise

    async def _author(self) -> Author:
        """As whom the caller writes, with loads of the system held up: they lock the same people."""
        if self._known is None:
            writer = await writer_of(await raw(self._session), self._caller, self._named, "people")
            await share_imports(self._session, writer.source)
            self._known = Author(self._caller, writer, self._named)
        return self._known

    async def _user(self, user_id: str) -> Person:
        if self._writing:
            await self._author()  # before the person is locked
        return user_of(await get_user(self._session, self._asker, user_id, keeping=self._writing))
