# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long an audit of a large fleet takes to evaluate, to write in every format, to open and to sort in a browser.

Usage: python -m tests.benchmark.report [SERVICES] [--json]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from selenium import webdriver

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, Subject, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_clouds, parse_service_list
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    RegionInventory,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import FORMATS, write_reports
from tests.simulator.clouds import listed_clouds
from tests.simulator.fleet import seed_fleet
from tests.simulator.state import World
from tests.simulator.views import service_json

RULES = {"btar_region_rules": {"same_geo_region": True, "min_distance_km": 300}}

SORT = """
const [index, done] = arguments, start = performance.now();
document.querySelectorAll("#services thead button")[index].click();
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
"""
OPENED = "return performance.getEntriesByType('navigation')[0].domComplete"


def subjects(count: int, now: datetime, inventory: RegionInventory) -> list[Subject]:
    """A simulated fleet, through the parser of listings."""
    world = World(start=now.isoformat(), speed=0)
    seed_fleet(world, count, projects=50)
    found = []
    for project in world.projects.values():
        rows = [service_json(world, service, listing=True) for service in project.services.values()]
        for service in parse_service_list(project.name, {"services": rows}):
            found.append(Subject(service, protection_of(service, now=now), inventory))
    return found


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def in_browser(path: Path) -> dict[str, float]:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver_path = shutil.which("chromedriver")
    if browser is None or driver_path is None:
        return {}
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    try:
        driver.get(path.as_uri())
        sorts = [driver.execute_async_script(SORT, index) for index in range(7)]
        return {"open in the browser": driver.execute_script(OPENED) / 1000, "slowest sort": max(sorts) / 1000}
    finally:
        driver.quit()


def measure(count: int) -> dict[str, Any]:
    now = datetime(2026, 9, 1, 12, tzinfo=UTC)
    clouds = parse_clouds({"clouds": [cloud.as_json() for cloud in listed_clouds().values()]})
    fleet = subjects(count, now, parse_region_inventory(RULES))
    audit, evaluating = timed(lambda: evaluate(fleet, clouds=clouds, settings=AuditSettings(now)))
    seconds = {"evaluate": evaluating}
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            paths, seconds[f"write {name}"] = timed(partial(write_reports, audit, [], folder, [name]))
            sizes[name] = Path(paths[name]).stat().st_size
        seconds["write all"] = sum(value for key, value in seconds.items() if key.startswith("write"))
        seconds.update(in_browser(Path(folder) / "btar-audit.html"))
    return {"services": count, "seconds": seconds, "bytes": sizes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("services", nargs="?", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    found = measure(arguments.services)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['services']:,} services")
    for name, seconds in found["seconds"].items():
        size = found["bytes"].get(name.removeprefix("write "))
        print(f"  {name:22}{seconds:7.2f} s" + (f"{size / 1e6:8.1f} MB" if size else ""))


if __name__ == "__main__":
    main()
