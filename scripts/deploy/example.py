"""The one file to fill in, as `maskline deploy init` writes it."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = """\
# What Maskline needs to know of your account. Fill in what has a value here, then:
#
#     export ALIBABA_CLOUD_ACCESS_KEY_ID=... ALIBABA_CLOUD_ACCESS_KEY_SECRET=...
#     export DASHSCOPE_API_KEY=...
#     maskline deploy plan --profile production     # what would change
#     maskline deploy apply --profile production    # change it; may be repeated
#
# Keys come from the environment and stand in no file. Every setting of docs/configuration.md may be
# added to the first section; the parameters of template.yml that are no setting, to the second.

[profiles.production]
maskline_account_id = ""                 # number of the main account, upper right in the console
maskline_region = "cn-beijing"           # the model is offered there
maskline_bucket = ""                     # for photographs and results; made where it is missing
tablestore_instance = ""                 # 3 to 16 characters, unique in the region; the same
fc_service = "maskline"
# fc_api = "3.0"                         # Function Compute 3.0 with Python 3.12 instead of 2.0
fc_qualifier = "live"                    # what deploying puts in place; leave it
mns_topic = "maskline-events"
mns_failure_queue = "maskline-dlq"
maskline_quota = 500                     # pictures that may be paid for in all
# maskline_recipes = "people"            # what is made of an upload: docs/recipes.md
# oss_public_endpoint = "img.example.com"  # your domain, where the account must use one
# oss_is_cname = true

[deploy.production]
# LogDays = 30                           # how long the functions' logs are kept
# ActionPolicy = "sls.builtin"           # whom alarms reach
# MakeAlarms = false
"""
