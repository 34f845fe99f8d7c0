"""The judge card: everything that can be said of a judge from its verdicts and people's labels, in one record.

noun     `JudgeCard`: the record, its JSON and its digest
parts    the parts of the record, with the tables and curves that figures are drawn from
make     `make_card`: from verdicts and labels to the record
options  `CardOptions`: what it may be told
"""
