"""Composes the application: read `create_app` from top to bottom."""

from __future__ import annotations

import gc
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import structlog
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.datastructures import State  # noqa: TC002 -- read at run time by the injection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.plugins.prometheus import PrometheusConfig

from server.alerts import routes as alert_routes
from server.budget import routes as budget_routes
from server.context import Context
from server.errors import ProblemError, fault_of
from server.feed import history, records
from server.feed import routes as feed_routes
from server.feed.live import LiveHub
from server.feed.snapshots import SnapshotPages
from server.feed.tickets import Tickets
from server.figures import FigureCache
from server.figures import routes as figure_routes
from server.intake import Intake
from server.intake import routes as intake_routes
from server.logs import configure_logging
from server.openapi import Answered, documented
from server.openapi_page import STYLE, DocumentPlugin, PagePlugin
from server.projects import import_routes, permit_routes, project_routes
from server.projects.planning import routes as planning_routes
from server.reports import routes as report_routes
from server.rules import rules
from server.settings import load_settings
from server.storage import (
    ObjectStore,
    direct_routes,
    document_routes,
    download_routes,
    upload_routes,
)
from server.store import open_pool, unreachable
from server.users import (
    KeyRing,
    Sessions,
    activity_routes,
    device_routes,
    held_routes,
    oauth_routes,
    open_proving,
    people_routes,
    permissions_routes,
    session_routes,
    token_secret,
)
from server.wall import ForgeryGuard, Limits, RateKeeper, Walled, cross_origin, metrics
from server.web import built_directory, load_files
from server.wire import JSON, respond
from sync import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from server.intake import Rules
    from server.settings import Settings
    from server.web import AppFiles

log = structlog.get_logger()

GARBAGE_THRESHOLDS = (200_000, 50, 1_000)
"""Objects made between two collections of the youngest generation; then how often the elder."""

_BY_STATUS = {
    400: errors.REQUEST_MALFORMED,
    401: errors.UNAUTHENTICATED,
    403: errors.FORBIDDEN,
    404: errors.NOT_FOUND,
    405: errors.METHOD_NOT_ALLOWED,
    413: errors.BODY_TOO_LARGE,
    415: errors.MEDIA_TYPE_UNSUPPORTED,
    429: errors.RATE_LIMITED,
}


def wall_milliseconds() -> int:
    """Return the server's wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def create_app(
    settings: Settings,
    *,
    services: Rules | None = None,
    wall_ms: Callable[[], int] = wall_milliseconds,
) -> Litestar:
    """Compose the application.

    Args:
        settings: all that can be set.
        services: the guards and effects; those of our services unless a test brings its own.
        wall_ms: the clock.

    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        pool = await open_pool(settings)
        merge_pool = await open_pool(settings, by_key=True)
        hub = LiveHub(settings.redis_url)
        intake = Intake(
            merge_pool,
            services or rules(settings),
            settings,
            announce=hub.announce,
            wall_ms=wall_ms,
        )
        secret = token_secret(settings)
        keys = KeyRing(pool, secret, wall_ms)
        tickets = Tickets(secret, settings.redis_url, wall_ms)
        proving = open_proving(settings)
        figures = FigureCache(settings.redis_url)
        store = ObjectStore(settings)
        app.state.context = Context(
            settings=settings,
            pool=pool,
            intake=intake,
            hub=hub,
            snapshots=SnapshotPages(pool, settings),
            tickets=tickets,
            token_secret=secret,
            keys=keys,
            sessions=Sessions(settings, keys, secret),
            proving=proving,
            figures=figures,
            rates=keeper,
            store=store,
            wall_ms=wall_ms,
        )
        await hub.start()
        try:
            yield
        finally:
            await intake.close()
            await hub.stop()
            await tickets.close()
            proving.close()
            await figures.close()
            store.close()
            await keeper.close()
            await merge_pool.close()
            await pool.close()

    keeper = RateKeeper(settings.redis_url)
    requests = PrometheusConfig(app_name="derrick", prefix="derrick", group_path=True)
    handlers: list[Any] = [front, health, metrics, *session_routes.ROOT_HANDLERS]
    if "sync" in settings.services:
        sync = (
            *intake_routes.HANDLERS,
            *feed_routes.HANDLERS,
            *records.HANDLERS,
            *history.HANDLERS,
        )
        handlers.append(Router(path="/api/sync", route_handlers=sync, tags=["sync"]))
    if "users" in settings.services:
        users = (
            *activity_routes.HANDLERS,
            *session_routes.HANDLERS,
            *device_routes.HANDLERS,
            *held_routes.HANDLERS,
            *people_routes.HANDLERS,
            *permissions_routes.HANDLERS,
            *oauth_routes.USER_HANDLERS,
        )
        handlers.append(Router(path="/api/users", route_handlers=users, tags=["users"]))
        handlers += [*oauth_routes.ROOT_HANDLERS, oauth_routes.router()]
    if "storage" in settings.services:
        storage = (
            *upload_routes.HANDLERS,
            *direct_routes.HANDLERS,
            *download_routes.HANDLERS,
            *document_routes.HANDLERS,
        )
        handlers.append(Router(path="/api/storage", route_handlers=storage, tags=["storage"]))
    if "sync" in settings.services:
        alerts = Router(path="/api/alerts", route_handlers=alert_routes.HANDLERS, tags=["alerts"])
        handlers.append(alerts)
    if "budget" in settings.services:
        budget = Router(path="/api/budget", route_handlers=budget_routes.HANDLERS, tags=["budget"])
        handlers.append(budget)
    if "projects" in settings.services:
        projects = (
            *project_routes.HANDLERS,
            *history.PROJECT_HANDLERS,
            *permit_routes.HANDLERS,
            *import_routes.HANDLERS,
            *figure_routes.HANDLERS,
            *report_routes.HANDLERS,
            *planning_routes.HANDLERS,
        )
        handlers.append(Router(path="/api/projects", route_handlers=projects, tags=["projects"]))
    return Walled(
        settings=settings,
        styles=(STYLE, FRONT_STYLE),
        files=_app_files(settings),
        route_handlers=handlers,
        dependencies={"context": Provide(context_of, sync_to_thread=False)},
        lifespan=[lifespan],
        middleware=[requests.middleware, Limits(settings, keeper), ForgeryGuard(settings)],
        cors_config=cross_origin(settings),
        exception_handlers={
            ProblemError: on_problem,
            HTTPException: on_http_exception,
            Exception: on_exception,
        },
        openapi_config=_documentation() if settings.docs_enabled else None,
        request_max_body_size=settings.push_body_bytes_max,
        logging_config=None,
    )


def create_app_from_environment() -> Litestar:
    """Compose the application from the DERRICK_* variables: the server's entry."""
    settings = load_settings(os.environ)
    configure_logging(settings)
    # A merge makes many small objects that live as long as it does; looking through all of them
    # again and again cost a quarter of its time. What is loaded by now is never garbage.
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    return create_app(settings)


def _app_files(settings: Settings) -> AppFiles | None:
    """Return the built app; None where there is none, and a plain page says so."""
    directory = settings.app_directory or built_directory()
    return load_files(directory) if (directory / "index.html").is_file() else None


def _documentation() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Derrick",
        version="1",
        path="/api/docs",
        render_plugins=[PagePlugin(), DocumentPlugin()],
    )


def context_of(state: State) -> Context:
    """Hand the application's parts to a handler."""
    context: Context = state.context
    return context


FRONT_STYLE = "body{font:18px sans-serif;max-width:40em;margin:4em auto}"


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def front() -> str:
    """Say what this is, to someone who opens the address in a browser."""
    return (
        "<!doctype html><html lang='fr'><meta charset='utf-8'><title>Derrick</title>"
        f"<style>{FRONT_STYLE}</style>"
        "<h1>Derrick</h1><p>Le serveur est en marche. / The server is running.</p>"
        "<p><a href='/api/docs'>API</a> · <a href='/health'>État / Health</a></p>"
    )


class Health(msgspec.Struct, frozen=True):
    """Whether the server can do its work."""

    database: bool
    live_connections: int


@get(
    "/health",
    limit="none",
    **documented(
        response=Health,
        secured=False,
        response_media=(JSON,),
        answers={503: Answered(Health, (JSON,), "The database does not answer.")},
    ),
)
async def health(context: NamedDependency[Context]) -> Response[Health]:
    """Tell whether the database answers: without it no push is accepted."""
    try:
        await context.pool.fetchval("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Response(Health(database=False, live_connections=len(context.hub)), status_code=503)
    return Response(Health(database=True, live_connections=len(context.hub)))


def on_problem(request: Request[Any, Any, Any], problem: ProblemError) -> Response[bytes]:
    """Answer a refused request."""
    headers = {}
    if problem.retry_after_seconds is not None:
        headers["retry-after"] = str(problem.retry_after_seconds)
    if problem.error is errors.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    return respond(
        request, problem.problem(), status=problem.error.status, headers=headers, problem=True
    )


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses, in the catalogue's words."""
    entry = _BY_STATUS.get(error.status_code)
    if entry is None:
        entry = errors.INTERNAL if error.status_code >= 500 else errors.REQUEST_MALFORMED  # noqa: PLR2004
    answer = on_problem(request, ProblemError(entry, error.detail))
    answer.headers.update(error.headers or {})
    return answer


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a fault of ours; the log has the rest."""
    if unreachable(error):
        log.warning("database_unreachable", error=type(error).__name__)
        return on_problem(request, ProblemError(errors.UNAVAILABLE, retry_after_seconds=5))
    log.error("request_failed", path=request.url.path, **fault_of(error))
    return on_problem(request, ProblemError(errors.INTERNAL))
