"""A year of Yunxi, lived through in minutes: `gongshu demo --year`.

People who know nothing but what the procedures offer them open cases, take their turns, wait too
long, refuse, object and ask questions, from a seed: the same seed lives the same year. Every act
goes through the services, at its own moment (`gongshu.ledger.moment`).

`city` says who lives there and what data they hold, `openings` what they bring, `filling` how they
fill in a form, `errands` what they do so that a step becomes possible, `questions` what they ask
of the data, `life` lets the days pass.
"""
