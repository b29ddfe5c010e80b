"""The language of templates: functions, conditions, parameters' rules, and the order of things."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.localcloud.templates.dependencies import in_order
from scripts.localcloud.templates.document import parse_template
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.parameters import MASK, parameter_values, shown_values
from scripts.localcloud.templates.resolution import Account, resolve_template

ACCOUNT = Account(region="cn-shanghai", account_id="42")
HEAD = "ROSTemplateFormatVersion: '2015-09-01'\n"


LAUGHS = "Resources: {R: {Type: T}}\nMappings:\n  a0: &a0 {x: 1}\n" + "".join(
    f"  a{n}: &a{n} {{l: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)
"""Nine times nine times nine ... the same."""


def worked_out(value: Any, **rest: Any) -> Any:
    document = {"Resources": {"R": {"Type": "T", "Properties": {"P": value}}}, **rest}
    return resolve_template(document, {}, ACCOUNT)["R"].properties["P"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Join": ["-", ["a", {"Ref": "ALIYUN::Region"}]]}, "a-cn-shanghai"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["1", "a,b"]}, "b"),
        ({"Fn::Select": ["k", {"k": 3}]}, 3),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "ALIYUN::Region"}, "cpu"]}, 4),
        ({"Fn::Base64Encode": "hi"}, "aGk="),
        ({"Fn::If": [{"Fn::And": ["Yes", {"Fn::Not": ["No"]}]}, 1, 2]}, 1),
        ({"Fn::If": [{"Fn::Or": ["No", {"Condition": "No"}]}, 1, 2]}, 2),
    ],
)
def test_functions(value: Any, expected: Any) -> None:
    rest = {
        "Mappings": {"Sizes": {"cn-shanghai": {"cpu": 4}}},
        "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", "b"]}},
    }
    assert worked_out(value, **rest) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Join": "a"},
        {"Fn::Join": ["-", "a"]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": ["x", None]},
        {"Fn::FindInMap": ["Sizes", "nowhere"]},
        {"Fn::And": "Yes"},
        {"Ref": ["a"]},
        {"Fn::Base64Encode": 3},
    ],
)
def test_wrong_arguments_are_refused_with_their_place(value: Any) -> None:
    with pytest.raises(TemplateError, match=r"R\.P"):
        worked_out(value)


def test_a_condition_that_asks_itself_is_refused() -> None:
    with pytest.raises(TemplateError, match="no condition 'A'"):
        worked_out({"Fn::If": ["A", 1, 2]}, Conditions={"A": {"Fn::Not": ["A"]}})


def test_short_forms_of_yaml_are_the_long_ones() -> None:
    document = parse_template(
        HEAD
        + "Resources:\n  R:\n    Type: T\n    Properties:\n"
        + "      A: !Ref X\n      B: !GetAtt R.Arn\n      C: !Join ['-', [a, !Ref X]]\n"
        + "      D: 2020-01-01\n"
    )
    assert document["Resources"]["R"]["Properties"] == {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": "R.Arn"},
        "C": {"Fn::Join": ["-", ["a", {"Ref": "X"}]]},
        "D": "2020-01-01",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1", "InvalidTemplateVersion"),
        (HEAD + "Resources: {}\nColours: {}", "InvalidTemplateSection"),
        (HEAD + "Resources: {}\nOutputs: [1]", "InvalidTemplateSection"),
        (HEAD + "Resources: {}\nTransform: Aliyun::Serverless-2018-04-03", "InvalidSchema"),
        (HEAD + "Resources: {R: {}}", "InvalidSchema"),
        (HEAD + "Resources: {R: {Type: T, Count: 2}}", "InvalidSchema"),
        (HEAD + "Resources: {R: {Type: T, Properties: [1]}}", "InvalidSchema"),
        (HEAD + "Resources: !!python/object/apply:os.getcwd []", "InvalidSchema"),
        ("[" * 5000, "InvalidSchema"),
        (HEAD + "Resources: &r {R: {Type: T, Properties: *r}}", "InvalidSchema"),
        (HEAD + LAUGHS, "InvalidSchema"),
    ],
)
def test_what_is_no_template_is_refused_by_the_vendors_code(text: str, code: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("String", 7, "7"),
        ("Number", "600", 600),
        ("Number", "0.5", 0.5),
        ("Boolean", "True", True),
        ("CommaDelimitedList", "a, b", ["a", "b"]),
        ("Json", '{"a": [1]}', {"a": [1]}),
    ],
)
def test_values_are_converted_to_their_type(kind: str, given: Any, expected: Any) -> None:
    assert parameter_values({"P": {"Type": kind}}, {"P": given}) == {"P": expected}


@pytest.mark.parametrize(
    ("declaration", "given", "said"),
    [
        ({"Type": "Number"}, "six", "'six' is not a Number"),
        ({"Type": "Boolean"}, "maybe", "is not a Boolean"),
        ({"Type": "Json"}, "{", "is not a Json"),
        ({"Type": "Colour"}, "red", "no type 'Colour'"),
        ({"Type": "String", "MinLength": 3}, "ab", "shorter than 3"),
        ({"Type": "String", "MaxLength": 1}, "ab", "longer than 1"),
        ({"Type": "Number", "MinValue": 3}, "2", "less than 3"),
        ({"Type": "Number", "MaxValue": 3}, "4", "more than 3"),
        ({"Type": "Number", "AllowedValues": [1, 2]}, "3", "not one of"),
        ({"AllowedPattern": "a+", "ConstraintDescription": "only a"}, "b", r"a\+ \(only a\)"),
    ],
)
def test_rules_of_parameters(declaration: dict[str, Any], given: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        parameter_values({"P": declaration}, {"P": given})


def test_a_missing_value_has_the_vendors_code_and_a_secret_is_masked() -> None:
    with pytest.raises(TemplateError) as caught:
        parameter_values({"P": {"Type": "String"}}, {})
    assert caught.value.code == "UserParameterMissing"
    declared = {"S": {"NoEcho": True}, "T": {"NoEcho": "true"}, "L": {}}
    shown = shown_values(declared, {"S": "hunter2", "T": "hunter2", "L": ["a"]})
    assert shown == {"S": MASK, "T": MASK, "L": '["a"]'}


def test_things_come_after_what_they_name() -> None:
    resources: dict[str, Any] = {
        "A": {"Type": "T", "Properties": {"X": [{"Fn::Sub": ["${C.Name}/${y}", {"y": 1}]}]}},
        "B": {"Type": "T", "DependsOn": ["A"]},
        "C": {"Type": "T", "Properties": {"Y": {"Fn::GetAtt": ["D", "Arn"]}}},
        "D": {"Type": "T", "Properties": {"Y": {"Ref": "SomeParameter"}}},
    }
    assert in_order(resources) == ["D", "C", "A", "B"]
    resources["D"]["DependsOn"] = "A"
    with pytest.raises(TemplateError, match="A -> C -> D -> A"):
        in_order(resources)
    resources["D"]["DependsOn"] = "Nothing"
    with pytest.raises(TemplateError, match=r"Nothing.*D\.DependsOn"):
        in_order(resources)


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    document = {
        "Conditions": {"Never": {"Fn::Equals": [1, 2]}},
        "Resources": {
            "A": {"Type": "T", "Condition": "Never"},
            "B": {"Type": "T", "Properties": {"P": {"Fn::If": ["Never", {"Ref": "A"}, "none"]}}},
        },
    }
    found = resolve_template(document, {}, ACCOUNT)
    assert list(found) == ["B"]
    assert found["B"].properties == {"P": "none"}
