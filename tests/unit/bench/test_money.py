"""Amounts times prices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.bench.money import Price, PriceList, at, read_prices, section

SHORT = {"oss.PutObject": 8.0, "tablestore.read_units": 40.0, "functions.cpu_seconds": 0.3}
LONGER = {"oss.PutObject": 8.0, "tablestore.read_units": 100.0, "functions.cpu_seconds": 0.6}
PUT = Price(what="put", price=0.01, per=10_000, of=["oss.PutObject", "oss.Unknown"], source="here")


def test_a_price_is_for_so_many_of_what_it_names() -> None:
    assert PUT.cost({"oss.PutObject": 5_000.0, "oss.GetObject": 9.0}) == pytest.approx(0.005)


def test_amounts_grow_with_the_tasks_time_and_work_does_not() -> None:
    amounts = at(26.0, SHORT, LONGER)

    assert amounts["oss.PutObject"] == pytest.approx(8.0)
    assert amounts["tablestore.read_units"] == pytest.approx(40 + 60 / 6 * 24)
    assert amounts["functions.cpu_seconds"] == pytest.approx(0.3)
    assert amounts["poller.seconds"] == 26.0


def test_the_sum_is_that_of_the_lines() -> None:
    prices = PriceList(currency="CNY", task_seconds=26.0, prices=[PUT, replace(PUT, what="again")])

    assert section(prices, SHORT, LONGER).lines[-1].ours == "0.02 CNY"


def test_the_table_that_users_edit_can_be_read_and_names_its_sources() -> None:
    prices = read_prices()

    assert prices.task_seconds > 0
    assert all(price.of and price.source and price.per > 0 for price in prices.prices)
