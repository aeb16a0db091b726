"""Every procedure of the platform, by its kind. Adding one adds one file and one line here."""

from __future__ import annotations

from gongshu.rules.administrator_grant import ADMINISTRATOR_GRANT
from gongshu.rules.authorised_operation import AUTHORISED_OPERATION
from gongshu.rules.catalogue_entry import CATALOGUE_ENTRY
from gongshu.rules.check_request import CHECK_REQUEST
from gongshu.rules.digital_contract import DIGITAL_CONTRACT
from gongshu.rules.harvest_source import HARVEST_SOURCE
from gongshu.rules.lengths import ByFact
from gongshu.rules.open_data_demand import OPEN_DATA_DEMAND
from gongshu.rules.operation_consent import OPERATION_CONSENT
from gongshu.rules.personal_data_objection import PERSONAL_DATA_OBJECTION
from gongshu.rules.price_cycle import PRICE_CYCLE
from gongshu.rules.procedure import Procedure
from gongshu.rules.product_listing import PRODUCT_LISTING
from gongshu.rules.public_complaint import PUBLIC_COMPLAINT
from gongshu.rules.registration_case import REGISTRATION_CASE
from gongshu.rules.registration_record import REGISTRATION_RECORD
from gongshu.rules.security_incident import SECURITY_INCIDENT
from gongshu.rules.security_warning import SECURITY_WARNING
from gongshu.rules.sharing_dispute import SHARING_DISPUTE
from gongshu.rules.sharing_request import SHARING_REQUEST
from gongshu.rules.yearly_disclosure import YEARLY_DISCLOSURE

PROCEDURES: dict[str, Procedure] = {
    p.kind: p
    for p in (
        CATALOGUE_ENTRY,
        SHARING_REQUEST,
        CHECK_REQUEST,
        SHARING_DISPUTE,
        REGISTRATION_CASE,
        REGISTRATION_RECORD,
        AUTHORISED_OPERATION,
        OPERATION_CONSENT,
        PRICE_CYCLE,
        YEARLY_DISCLOSURE,
        PRODUCT_LISTING,
        DIGITAL_CONTRACT,
        OPEN_DATA_DEMAND,
        PERSONAL_DATA_OBJECTION,
        PUBLIC_COMPLAINT,
        SECURITY_INCIDENT,
        SECURITY_WARNING,
        ADMINISTRATOR_GRANT,
        HARVEST_SOURCE,
    )
}


def effects() -> set[str]:
    """The names of effects that some context must register."""
    return {s.effect for p in PROCEDURES.values() for s in p.steps if s.effect}


def facts() -> set[str]:
    """The names of facts that some context must register."""
    guards = {g.fact for p in PROCEDURES.values() for s in p.steps for g in s.guards}
    guards |= {g.fact for p in PROCEDURES.values() for g in p.opening_guards}
    lengths = {
        fact
        for p in PROCEDURES.values()
        for s in p.steps
        if (fact := s.within.fact if isinstance(s.within, ByFact) else "")
    }
    return guards | lengths


def named_parties() -> set[str]:
    """The names that say who a party is and that some context must register."""
    named = {source for p in PROCEDURES.values() for source in p.parties.values()}
    return named - {"opener"}
