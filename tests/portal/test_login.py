"""How a browser gets in, and how it does not."""

from __future__ import annotations

import pytest

from tests.portal.conftest import Site, path_of


def test_a_stranger_gets_the_login_page_everywhere(site: Site) -> None:
    run = site.recorder.run()
    for path in ("/", "/runs.json", site.path(run), site.path(run) + ".json", site.path(run) + "/files/x"):
        page = site.stranger().get(path)
        assert page.status == 401
        assert run.id not in page.text
    assert "trainshed portal" in site.stranger().get("/").text
    assert site.stranger().get("/login").status == 200


def test_a_link_logs_in_once_and_leads_to_its_page(site: Site) -> None:
    run = site.recorder.run()
    link = path_of(site.recorder.link(run))
    browser = site.stranger()
    page = browser.get(link)
    assert (page.status, page.headers["location"]) == (303, site.path(run))
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert browser.get(site.path(run)).status == 200

    late = site.stranger().get(link)
    assert late.status == 403 and "opened before" in late.text and "set-cookie" not in late.headers
    again = browser.get(link)
    assert (again.status, again.headers["location"]) == (303, site.path(run)), "who is in already goes on to the page"


@pytest.mark.parametrize(
    "to", ["//evil.example/", "https://evil.example/", "/%5Cevil.example", "/%09/evil.example", ""]
)
def test_a_used_link_leads_nowhere_else(site: Site, to: str) -> None:
    page = site.user().get(f"/open/used?to={to}")
    assert (page.status, page.headers["location"]) == (303, "/")


def test_looking_at_a_link_without_opening_it_does_not_use_it_up(site: Site) -> None:
    link = path_of(site.recorder.link(site.recorder.run()))
    assert site.stranger().get(link, method="HEAD").status == 403
    assert site.stranger().get(link).status == 303


def test_the_cookie(site: Site) -> None:
    page = site.stranger().get(path_of(site.recorder.api.link("/")))
    cookie = page.headers["set-cookie"]
    server_id = site.recorder.api.health().server_id
    assert cookie.startswith(f"trainshed_{server_id[:12]}=")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    token = site.recorder.api.client.token
    assert token not in cookie and token not in page.text


@pytest.mark.parametrize("value", ["", "x", ".", "99999999999.0", "\u00e9.\u00e9".encode().decode("latin-1")])
def test_a_made_up_cookie_is_none(site: Site, value: str) -> None:
    browser = site.user()
    (name,) = browser.cookies
    until, _, seal = browser.cookies[name].partition(".")
    for forged in (value, f"{int(until) + 1}.{seal}", f"{until}.{seal[:-1]}", f"{until}.{seal}x"):
        browser.cookies[name] = forged
        assert browser.get("/").status == 401


def test_a_cookie_is_no_token_for_the_interface(site: Site) -> None:
    browser = site.user()
    assert browser.get("/").status == 200
    assert browser.get("/api/v1/server").status == 401


def test_another_name_for_this_machine_is_refused(site: Site) -> None:
    # A page elsewhere whose name was made to point here must not read the portal with the user's cookies.
    assert site.user().get("/", Host="evil.example").status == 403


def test_no_page_of_somebody_elses_changes_anything(site: Site) -> None:
    token = site.recorder.api.client.token
    run = site.recorder.run()
    path = f"/api/v1/workspaces/{run.workspace_id}/runs/{run.id}/cancellation"
    headers = {"Authorization": f"Bearer {token}", "X_Trainshed_Wire": "1", "Origin": "http://evil.example"}
    assert site.user().get(path, method="POST", **headers).status == 403
    assert site.user().get(site.path(run), method="POST").status == 405
    assert site.recorder.api.get_run(run.workspace_id, run.id).status == "Running"
