"""The template against ROS's own rules of properties; and the rules against what breaks them."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.template.distil import TYPES, DistillingError, distil
from scripts.template.rules import RULES, findings, rules
from tests.unit.template.described import EXISTING, resolved


@pytest.mark.parametrize("choice", [{}, EXISTING], ids=["all made", "bucket and rows there"])
def test_ros_would_take_every_property(choice: dict[str, Any]) -> None:
    said = [
        line
        for resource in resolved(**choice).values()
        for line in findings(resource.name, resource.type, resource.properties)
    ]
    assert said == []


@pytest.mark.parametrize(
    ("name", "path", "value", "said"),
    [
        ("Topic", "TopicNam", "x", "Topic.TopicNam: ROS has no such property"),
        ("Topic", "TopicName", None, "Topic.TopicName: is required"),
        ("Topic", "MaximumMessageSize", 65537, "65537 is more than 65536"),
        ("Topic", "MaximumMessageSize", "64 KB", "'64 KB' is no number"),
        ("Topic", "MaximumMessageSize", True, "True is no number"),
        ("Logs", "Name", "ab", "2 is less than 3"),
        ("Logs", "Name", "snake_case", "does not match"),
        ("Tables", "ClusterType", "TAPE", "'TAPE' is not one of ['SSD', 'HYBRID']"),
        ("Jobs", "PrimaryKey", [{"Name": "job_id"}], "Jobs.PrimaryKey[0].Type: is required"),
        ("Submit", "AsyncConfiguration", {"Retries": 3}, "AsyncConfiguration.Retries: ROS has no"),
    ],
)
def test_what_ros_refuses_is_named(name: str, path: str, value: Any, said: str) -> None:
    resource = resolved()[name]
    properties = {**resource.properties, path: value}
    if value is None:
        del properties[path]
    found = findings(name, resource.type, properties)
    assert len(found) == 1
    assert said in found[0]


def test_types_without_rules_are_named() -> None:
    assert "no rules of ALIYUN::ECS::VPC" in findings("Net", "ALIYUN::ECS::VPC", {})[0]


def test_every_rule_kept_is_needed_and_says_where_it_is_from() -> None:
    source = json.loads(RULES.read_text(encoding="utf-8"))["source"]
    assert source["licence"] == "Apache-2.0"
    assert set(rules()) == set(TYPES)


JAVASCRIPT = """\
function RosThingPropsValidator(properties) {
    const errors = new ros.ValidationResults();
    if (properties.size && (typeof properties.size) !== 'object') {
        errors.collect(ros.propertyValidator('size', ros.validateRange)({
            data: properties.size,
            min: 1,
            max: undefined,
        }));
    }
    errors.collect(ros.propertyValidator('size', ros.requiredValidator)(properties.size));
    errors.collect(ros.propertyValidator('size', ros.validateNumber)(properties.size));
    errors.collect(ros.propertyValidator('parts', PARTS)(properties.parts));
    return errors.wrap('x');
}
function rosThingPropsToRosTemplate(properties, enableResourcePropertyConstraint) {
    return {
      'Size': ros.numberToRosTemplate(properties.size),
      'Parts': ros.listMapper(rosThingPartPropertyToRosTemplate)(properties.parts),
    };
}
class RosThing extends ros.RosResource {
    constructor(scope, id, props) {
        this.attrName = this.getAtt('Name');
    }
}
RosThing.ROS_RESOURCE_TYPE_NAME = "ALIYUN::MNS::Topic";
function RosThing_PartPropertyValidator(properties) {
    if (properties.kind && (typeof properties.kind) !== 'object') {
        errors.collect(ros.propertyValidator('kind', ros.validateAllowedValues)({
            data: properties.kind,
            allowedValues: ["a", "b"],
        }));
    }
    errors.collect(ros.propertyValidator('kind', ros.validateString)(properties.kind));
}
function rosThingPartPropertyToRosTemplate(properties) {
    return {
      'Kind': ros.stringToRosTemplate(properties.kind),
    };
}
""".replace("PARTS", "ros.listValidator(RosThing_PartPropertyValidator)")


def wheel(folder: Path, text: str) -> Path:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/lib/mns.generated.js")
        member.size = len(text.encode())
        archive.addfile(member, io.BytesIO(text.encode()))
    path = folder / "ros_cdk_mns-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("ros_cdk_mns/_jsii/ros-cdk-mns@1.0.jsii.tgz", inner.getvalue())
    return path


def test_rules_are_read_from_the_vendors_code(tmp_path: Path) -> None:
    wheel(tmp_path, JAVASCRIPT)
    assert distil(tmp_path, ("ALIYUN::MNS::Topic",)) == {
        "source": {"licence": "Apache-2.0", "wheels": ["ros_cdk_mns-1.0-py3-none-any.whl"]},
        "types": {
            "ALIYUN::MNS::Topic": {
                "attributes": ["Name"],
                "properties": {
                    "Parts": {
                        "type": "list",
                        "items": {
                            "type": "object",
                            "properties": {"Kind": {"type": "string", "values": ["a", "b"]}},
                        },
                    },
                    "Size": {"required": True, "type": "number", "min": 1},
                },
            }
        },
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no wheel has ALIYUN::MNS::Topic"),
        (JAVASCRIPT.replace("ros.validateNumber", "ros.validateMoon"), "ros.validateMoon"),
        (JAVASCRIPT.replace("'Size': ", "// "), "name different properties"),
    ],
)
def test_code_of_another_form_is_refused(tmp_path: Path, text: str, said: str) -> None:
    wheel(tmp_path, text)
    with pytest.raises(DistillingError, match=said):
        distil(tmp_path, ("ALIYUN::MNS::Topic",))
