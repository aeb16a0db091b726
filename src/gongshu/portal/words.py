"""Stored words (states, grades, roles, rights) as people say them.

The keys are what the database and the ledger hold and never change; the values are the
English texts that the Chinese translation is keyed by.
"""

from django.utils.translation import gettext_noop as _

WORDS = {
    # sharing and opening
    "open": _("open"),
    "conditional": _("conditional"),
    "unconditional": _("unconditional"),
    "none": _("not shared"),
    "closed": _("not open"),
    # grades (GB/T 43697)
    "core": _("core"),
    "important": _("important"),
    "general": _("general"),
    # a dataset's life
    "draft": _("draft"),
    "assessed": _("assessed"),
    "submitted": _("submitted"),
    "published": _("published"),
    "updating": _("updating"),
    "retired": _("retired"),
    # a grant
    "active": _("active"),
    "in_force": _("in force"),
    "not_begun": _("not begun"),
    "expired": _("expired"),
    "suspended": _("suspended"),
    "ended": _("ended"),
    "sharing": _("sharing"),
    "opening": _("opening"),
    "operation": _("authorised operation"),
    "licence": _("licence"),
    "audit": _("audit"),
    "administrative": _("by the administrator"),
    # rights
    "show": _("show"),
    "group": _("group"),
    "filter": _("filter"),
    "join": _("join"),
    "measure": _("measure"),
    # queries
    "answered": _("answered"),
    "refused": _("refused"),
    "withheld": _("withheld"),
    # jobs
    "queued": _("queued"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
    # offices and ranks
    "bureau": _("data bureau"),
    "government": _("government"),
    "sector": _("sector body"),
    "agency": _("agency"),
    "registry": _("registry"),
    "operator": _("operator"),
    "enterprise": _("enterprise"),
    "auditor": _("auditor"),
    "staff": _("staff"),
    "head": _("head"),
    # update cycles, data subjects, sharing methods
    "realtime": _("real time"),
    "daily": _("daily"),
    "weekly": _("weekly"),
    "monthly": _("monthly"),
    "quarterly": _("quarterly"),
    "yearly": _("yearly"),
    "irregular": _("irregularly"),
    "once": _("once"),
    "public": _("public data"),
    "personal": _("personal information"),
    "organisation": _("organisation data"),
    "interface": _("service interface"),
    "batch": _("batch exchange"),
    "file": _("file download"),
    # facets of the catalogue
    "domain": _("domain"),
    "format": _("format"),
    # parties of a case
    "applicant": _("applicant"),
    "requester": _("requester"),
    "provider": _("provider"),
    "department": _("department"),
    "authority": _("authority"),
    "implementing_body": _("implementing body"),
    "system": _("the platform"),
}
