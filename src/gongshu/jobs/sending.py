"""What the worker does with deliveries: take one that is due, send it, note what came of it."""

from __future__ import annotations

import logging

from gongshu.jobs import deliveries, mail, webhook
from gongshu.jobs.models import Channel
from gongshu.ledger.crash import crash_point
from gongshu.wording import Sentence

log = logging.getLogger(__name__)

OURS = Sentence(en="An error in the platform; its log has it.", zh="平台自身错误，详见平台日志。")
SENDERS = {Channel.MAIL: mail.send, Channel.WEBHOOK: webhook.send}


def send_next(channel: Channel, worker: str) -> bool:
    """Take and send one; False if none is due."""
    row = deliveries.take(channel, worker=worker)
    if row is None:
        return False
    try:
        SENDERS[channel](row)
    except deliveries.Unsent as problem:
        log.warning("%s %s: %s", channel.value, row.id, problem.sentence.en)
        deliveries.failed(row, problem)
        return True
    except Exception:  # a bug of ours: neither the worker nor what waits behind it suffers
        log.exception("%s %s could not be sent", channel.value, row.id)
        deliveries.failed(row, deliveries.Unsent(OURS))
        return True
    crash_point("delivery.sent")
    if not deliveries.sent(row):
        log.warning("%s %s was taken over by another worker", channel.value, row.id)
    return True


def send_all(worker: str) -> int:
    """All that is due now; how many were tried."""
    tried = 0
    for channel in SENDERS:
        while send_next(channel, worker):
            tried += 1
    return tried
