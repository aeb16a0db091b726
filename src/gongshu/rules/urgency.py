"""How urgent a due date is on a day: derived each time, never stored.

>>> calendar = Calendar.load()
>>> [urgency(date(2026, 9, 30), date(2026, 9, day), calendar).value for day in (23, 24, 30)]
['due', 'near_due', 'near_due']
>>> urgency(date(2026, 9, 30), date(2026, 10, 8), calendar).value  # the day itself is still in time
'overdue'
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from gongshu.rules.calendar import Calendar
from gongshu.wording import Sentence

NEAR = 3  # working days; a platform rule


class Urgency(StrEnum):
    DUE = "due"
    NEAR_DUE = "near_due"
    OVERDUE = "overdue"


IN_WORDS = {
    Urgency.DUE: Sentence("due", "未到期"),
    Urgency.NEAR_DUE: Sentence("near due", "临期"),
    Urgency.OVERDUE: Sentence("overdue", "已逾期"),
}


def urgency(due: date, today: date, calendar: Calendar) -> Urgency:
    if today > due:
        return Urgency.OVERDUE
    return Urgency.NEAR_DUE if due <= last_near_day(today, calendar) else Urgency.DUE


def last_near_day(today: date, calendar: Calendar) -> date:
    """What is due by this day is near due today."""
    return calendar.add_workdays(today, NEAR).day


def working_days_late(due: date, today: date, calendar: Calendar) -> int:
    """How many working days have passed since it was due; 0 where it is not overdue."""
    return max(0, calendar.workdays_between(due, today))
