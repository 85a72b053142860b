"""The plugin: a page in Airflow's UI that shows what is published, and serves its files to those who are signed in.

Airflow finds it by the entry point `airflow.plugins` of the installed package.
"""

from __future__ import annotations

import html
import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse, Response

from pipeline.airflow_support.links import PREFIX
from pipeline.errors import PasserelleError

app = FastAPI(title="Passerelle", dependencies=[Depends(get_user)], docs_url=None, openapi_url=None)

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Passerelle</title>
<style>body{{font:16px/1.5 system-ui;margin:2rem;max-width:60rem}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0}}
td.n{{text-align:right}}</style>
<h1>Published snapshot <span lang="fr">· Instantané publié</span></h1>
<p><strong>{snapshot}</strong> · {published_at}</p>
<table><tr><th>Table</th><th>Rows · <span lang="fr">Lignes</span></th></tr>{rows}</table>
{report}<p><a href="files/{snapshot}/datapackage.json">datapackage.json</a> ·
<a href="files/{snapshot}/manifest.json">manifest.json</a></p></html>"""


@app.get("/", response_class=HTMLResponse)
def published() -> str:
    """The published snapshot: its id, when it was published, its tables and their rows."""
    from pipeline.airflow_support.places import lake_and_settings  # noqa: PLC0415 - imports pyarrow

    try:
        lake, _ = lake_and_settings()
        identity = lake.latest()
        if identity is None:
            raise HTTPException(404, "Nothing is published yet. Rien n'est encore publié.")
        pointer = lake.read_json("latest.json")
        rows = lake.read_json(f"snapshots/{identity}/manifest.json")["rows"]
    except PasserelleError as error:
        raise HTTPException(503, str(error)) from None
    assert isinstance(rows, Mapping)
    lines = "".join(
        f'<tr><td><a href="files/{html.escape(identity)}/{html.escape(str(name))}.parquet">{html.escape(str(name))}</a>'
        f'</td><td class="n">{int(rows[name]):,}</td></tr>'
        for name in sorted(rows)
    )
    at = html.escape(str(pointer["published_at"]))
    site = '<p><a href="report/index.html">Report · <span lang="fr">Rapport</span></a></p>'
    shown = site if lake.exists(f"reports/{identity}/index.html") else ""
    return PAGE.format(snapshot=html.escape(identity), published_at=at, rows=lines, report=shown)


@app.get("/report/{path:path}")
def report(path: str) -> Response:
    """A file of the site that shows the published snapshot."""
    from pipeline.airflow_support.places import lake_and_settings  # noqa: PLC0415 - as above

    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/"):
        raise HTTPException(404, "There is no such page.")
    try:
        lake, _ = lake_and_settings()
        content = lake.read_bytes(f"reports/{lake.latest()}/{PurePosixPath(*parts)}")
    except PasserelleError:
        raise HTTPException(404, "There is no such page.") from None
    return Response(content, media_type=mimetypes.guess_type(path)[0] or "application/octet-stream")


@app.get("/files/{identity}/{name}")
def file(identity: str, name: str) -> Response:
    """A file of a whole snapshot; only what its manifest lists is served."""
    from pipeline.airflow_support.places import lake_and_settings  # noqa: PLC0415 - as above

    try:
        lake, _ = lake_and_settings()
        if identity not in lake.snapshots():
            raise HTTPException(404, "There is no such snapshot.")
        listed = lake.read_json(f"snapshots/{identity}/manifest.json")["files"]
        assert isinstance(listed, Mapping)
        if name not in {*listed, "manifest.json"}:
            raise HTTPException(404, "There is no such file in the snapshot.")
        content = lake.read_bytes(f"snapshots/{identity}/{name}")
    except PasserelleError as error:
        raise HTTPException(503, str(error)) from None
    return Response(content, media_type=mimetypes.guess_type(name)[0] or "application/octet-stream")


class PasserellePlugin(AirflowPlugin):
    """A page named Passerelle in the navigation, and the app behind it."""

    name = "passerelle"
    fastapi_apps = [{"app": app, "url_prefix": PREFIX, "name": "Passerelle"}]  # noqa: RUF012 - as Airflow wants it
    external_views = [  # noqa: RUF012 - Airflow removes views that clash from this very list
        {"name": "Passerelle", "href": f"{PREFIX}/", "destination": "nav", "url_route": "passerelle"}
    ]
