# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run gives up on the API: for a refused token at once, for silence only if nothing is answered meanwhile."""

from __future__ import annotations

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted


def end(breaker: CircuitBreaker, code: str | None) -> None:
    """A call that ends with an error of this code, or well."""
    try:
        with breaker.call():
            if code:
                raise AivenError(code, f"it was {code}", 401)
    except AivenError:
        pass


def hopeless(breaker: CircuitBreaker) -> AivenError | None:
    try:
        with breaker.call():
            return None
    except AivenError as error:
        return error


@pytest.mark.parametrize(
    ("codes", "given_up"),
    [
        (["authentication_failed"], True),
        ([None, None, "authentication_failed"], True),
        (["api_unreachable"], False),
        (["api_unreachable", "api_unreachable"], True),
        (["api_unreachable", None, "api_unreachable"], False),
        (["api_unreachable", "permission_denied", "api_unreachable"], False),
        (["api_error", "api_error", "rate_limited", "rejected"], False),
    ],
)
def test_when_it_gives_up(codes: list[str | None], given_up: bool) -> None:
    breaker = CircuitBreaker()
    for code in codes:
        end(breaker, code)
    error = hopeless(breaker)
    assert (error is not None) is given_up
    if error is not None:
        assert (error.code, error.status) == (codes[-1], 401)
        assert error.message == f"not tried, as an earlier call failed: it was {codes[-1]}"


def test_silence_beside_answers_is_the_fault_of_a_path() -> None:
    """Two calls wait for minutes, while others that began with them are answered."""
    breaker = CircuitBreaker()
    slow = [breaker.call(), breaker.call()]
    for call in slow:
        call.__enter__()
    end(breaker, None)
    for call in slow:
        lost = AivenError("api_unreachable", "no answer")
        assert not call.__exit__(AivenError, lost, None)
    assert hopeless(breaker) is None


def test_an_interruption_is_no_answer_of_the_api() -> None:
    breaker = CircuitBreaker()
    end(breaker, "api_unreachable")
    with pytest.raises(Interrupted), breaker.call():
        raise Interrupted("the run was ended")
    end(breaker, "api_unreachable")
    assert hopeless(breaker) is not None
