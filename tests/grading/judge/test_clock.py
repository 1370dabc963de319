"""The time that a cell may take."""

import signal
import time

import pytest

from utils.grading.judge.clock import Clock, Interrupted


def test_time_that_is_over_stays_over_until_the_next_cell() -> None:
    clock = Clock(60)
    assert not clock.expired()
    clock.start(0)
    assert clock.expired()
    clock.deadline = time.monotonic() + 60
    assert clock.expired()
    clock.start(60)
    assert not clock.expired()


def test_no_handler_of_a_check_catches_the_end_of_its_time() -> None:
    error = Clock(2.5).error()
    assert not isinstance(error, Exception)
    assert (error.status, str(error)) == ("timed out", "It took longer than 2.5 seconds and was stopped.")


def test_the_alarm_ends_a_computation_and_no_wait() -> None:
    clock = Clock(60)
    clock.waiting = True
    clock.ring()
    assert not clock.late
    clock.waiting = False
    with pytest.raises(Interrupted):
        clock.ring()
    assert clock.late


def test_the_alarm_goes_off_after_the_time_and_can_be_cancelled() -> None:
    clock = Clock(0.01)
    before = signal.signal(signal.SIGALRM, clock.ring)
    try:
        clock.set_alarm()
        clock.cancel_alarm()
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        clock.set_alarm()
        with pytest.raises(Interrupted):
            time.sleep(30)
    finally:
        clock.cancel_alarm()
        signal.signal(signal.SIGALRM, before)
