"""What a thousand pictures cost: measured amounts times the prices in `prices.yml`.

A poller looks at rows as long as a task runs, so amounts grow with the task's time. Two runs with
short and longer tasks give the growth, from which the amounts at the real time follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import yaml

from scripts.bench.cloud import cloud_up
from scripts.bench.figures import calls_between
from scripts.bench.pictures import photo
from scripts.bench.processes import cpu_seconds
from scripts.bench.report import Line, Section

PRICES: Final = Path(__file__).with_name("prices.yml")
THOUSAND: Final = 1000
SHORT, LONGER = 2.0, 8.0
"""Seconds that a task takes in the two runs."""
PATIENCE: Final = 600.0
Amounts = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """So much money for *per* of the amounts named in *of*."""

    what: str
    price: float
    per: float
    of: Sequence[str]
    source: str

    def cost(self, amounts: Amounts) -> float:
        """Of these amounts; what is not among them is none."""
        return self.price / self.per * sum(amounts.get(name, 0.0) for name in self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """The table that users edit."""

    currency: str
    task_seconds: float
    prices: Sequence[Price]


def read_prices(path: Path = PRICES) -> PriceList:
    """Raises TypeError or KeyError where the table has another form."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    prices = [Price(**row) for row in told["prices"]]
    return PriceList(
        currency=told["currency"], task_seconds=float(told["task_seconds"]), prices=prices
    )


def measure(images: int) -> tuple[Amounts, Amounts]:
    """Amounts a picture with short and with longer tasks. Raises BenchError."""
    with ThreadPoolExecutor(2) as pool:
        short, longer = pool.map(partial(_amounts, images), (SHORT, LONGER))
        return short, longer


def _amounts(images: int, seconds: float) -> Amounts:
    with cloud_up(service_time=seconds) as cloud:
        cloud.settle()
        before, cpu = cloud.ledger(), cpu_seconds(cloud.process.pid)
        cloud.wait_for([cloud.upload(f"{n}.jpg", photo(n)) for n in range(images)], PATIENCE)
        after = cloud.ledger()
        spent = cpu_seconds(cloud.process.pid) - cpu
    counted = {
        **calls_between(before["calls"], after["calls"]),
        "tablestore": calls_between(before["volumes"], after["volumes"]).get("tablestore", {}),
    }
    each = {
        f"{service}.{name}": count / images
        for service, operations in counted.items()
        for name, count in operations.items()
    }
    return {**each, "images": 1.0, "functions.cpu_seconds": spent / images}


def at(seconds: float, short: Amounts, longer: Amounts) -> dict[str, float]:
    """The amounts where tasks take so long, by the line through both runs."""
    share = (seconds - SHORT) / (LONGER - SHORT)
    named = {**short, **longer}
    line = {
        name: short.get(name, 0.0) + share * (longer.get(name, 0.0) - short.get(name, 0.0))
        for name in named
    }
    # The CPU of local services grows with polling too; a function's own work does not.
    line["functions.cpu_seconds"] = short["functions.cpu_seconds"]
    return {**{name: max(0.0, amount) for name, amount in line.items()}, "poller.seconds": seconds}


def section(prices: PriceList, short: Amounts, longer: Amounts) -> Section:
    """A line for each price, and their sum."""
    amounts = at(prices.task_seconds, short, longer)
    costs = {price.what: price.cost(amounts) * THOUSAND for price in prices.prices}
    lines = [_line(price, amounts, costs, prices.currency) for price in prices.prices]
    total = Line(
        section="money",
        what="1,000 pictures in all",
        ours=f"{sum(costs.values()):.2f} {prices.currency}",
        against=f"tasks of {prices.task_seconds:g} s, without the model and storage",
    )
    return Section(name="money", lines=[*lines, total], rows={"amounts": amounts, "costs": costs})


def _line(price: Price, amounts: Amounts, costs: Mapping[str, float], currency: str) -> Line:
    total = sum(amounts.get(name, 0.0) for name in price.of) * THOUSAND
    return Line(
        section="money",
        what=price.what,
        ours=f"{costs[price.what]:.3f} {currency}",
        against=f"{total:,.0f} at {price.price:g} for {price.per:,g}",
    )
