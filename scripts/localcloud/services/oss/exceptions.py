"""OSS's errors: status, code, message, and the EC number where the vendor publishes it.

Source: the vendor's pages on HTTP status codes and on EC numbers of OSS.
"""

from __future__ import annotations


class OssError(Exception):
    """An error that a client is told.

    `details` become further elements of the error document, `headers` go into the answer's.
    """

    def __init__(
        self, status: int, code: str, message: str, *, ec: str = "", **details: str
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.ec = ec
        self.details = details
        self.headers: dict[str, str] = {}


def no_such_bucket(bucket: str) -> OssError:
    """The bucket of the request does not exist."""
    message = "The specified bucket does not exist."
    return OssError(404, "NoSuchBucket", message, ec="0015-00000101", BucketName=bucket)


def no_such_key(key: str) -> OssError:
    """The object of the request does not exist."""
    message = "The specified key does not exist."
    return OssError(404, "NoSuchKey", message, ec="0026-00000001", Key=key)


def no_such_upload(upload_id: str) -> OssError:
    """The multipart upload is unknown, completed or aborted."""
    message = (
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed."
    )
    return OssError(404, "NoSuchUpload", message, UploadId=upload_id)


def invalid_argument(message: str, name: str = "", value: str = "", *, ec: str = "") -> OssError:
    """An argument breaks a rule; `name` and `value` tell which."""
    details = {"ArgumentName": name, "ArgumentValue": value} if name else {}
    return OssError(400, "InvalidArgument", message, ec=ec, **details)


def invalid_object_name(key: str, message: str = "The specified object is not valid.") -> OssError:
    """The key is empty, too long, not UTF-8, or begins with a slash or backslash."""
    return OssError(400, "InvalidObjectName", message, ObjectName=key)


def invalid_bucket_name(bucket: str) -> OssError:
    """The bucket's name breaks the naming rules."""
    message = "The specified bucket is not valid."
    return OssError(400, "InvalidBucketName", message, BucketName=bucket)


def malformed_xml() -> OssError:
    """The body is not the document that the operation wants."""
    message = (
        "The XML you provided was not well-formed or did not validate against our published schema."
    )
    return OssError(400, "MalformedXML", message)


def precondition_failed(condition: str) -> OssError:
    """A condition of the request does not hold."""
    message = "At least one of the pre-conditions you specified did not hold."
    return OssError(412, "PreconditionFailed", message, Condition=condition)


def not_modified() -> OssError:
    """The client has the current object already."""
    return OssError(304, "NotModified", "Not Modified")


def file_already_exists() -> OssError:
    """`x-oss-forbid-overwrite` meets an existing object."""
    message = "The object you specified already exists and can not be overwritten."
    return OssError(409, "FileAlreadyExists", message)


def access_denied(message: str, *, ec: str = "", **details: str) -> OssError:
    """The request is understood and refused."""
    return OssError(403, "AccessDenied", message, ec=ec, **details)


def invalid_digest(sent: str, counted: str) -> OssError:
    """The body is not the one that Content-MD5 speaks of."""
    message = "The Content-MD5 you specified did not match what we received."
    return OssError(400, "InvalidDigest", message, ClientMd5=sent, ServerMd5=counted)


def method_not_allowed(method: str, resource: str) -> OssError:
    """The method means nothing on this resource."""
    message = "The specified method is not allowed against this resource."
    return OssError(405, "MethodNotAllowed", message, Method=method, ResourceType=resource)


def not_implemented(what: str) -> OssError:
    """The real service can do it; the local cloud cannot, and says so."""
    message = f"The local cloud does not offer {what}."
    return OssError(501, "NotImplemented", message)
