"""What the gateway itself refuses or can't deliver."""

from starlette.responses import Response

from common.problems import Problem, problem_response


class PathInvalid(Problem):
    status = 400
    error_code = "PATH_INVALID"
    title = "The path is not valid"


class HeaderInvalid(Problem):
    status = 400
    error_code = "HEADER_INVALID"
    title = "A header is not valid"


class OriginNotAllowed(Problem):
    status = 403
    error_code = "ORIGIN_NOT_ALLOWED"
    title = "Requests from this web page are not allowed"


class ServiceUnknown(Problem):
    status = 404
    error_code = "SERVICE_UNKNOWN"
    title = "No such service"


class FileUnknown(Problem):
    status = 404
    error_code = "FILE_UNKNOWN"
    title = "No such file"


class RequestTooSlow(Problem):
    status = 408
    error_code = "REQUEST_TOO_SLOW"
    title = "The request took too long to arrive"


class BodyTooLarge(Problem):
    status = 413
    error_code = "BODY_TOO_LARGE"
    title = "The request's body is too large"


class HostNotAllowed(Problem):
    status = 421
    error_code = "HOST_NOT_ALLOWED"
    title = "This gateway is not that host"


class RateLimited(Problem):
    status = 429
    error_code = "RATE_LIMITED"
    title = "Too many requests"


class HeadersTooLarge(Problem):
    status = 431
    error_code = "HEADERS_TOO_LARGE"
    title = "The request's headers are too large"


class TransferEncodingUnsupported(Problem):
    status = 501
    error_code = "TRANSFER_ENCODING_UNSUPPORTED"
    title = "Transfer encoding not supported"


class ServiceAnswerInvalid(Problem):
    status = 502
    error_code = "SERVICE_ANSWER_INVALID"
    title = "A service broke off or answered nonsense"


class ServiceUnavailable(Problem):
    status = 503
    error_code = "SERVICE_UNAVAILABLE"
    title = "A service is not available"


class ServiceOverloaded(Problem):
    status = 503
    error_code = "SERVICE_OVERLOADED"
    title = "A service is at its limit"


class ServiceTimeout(Problem):
    status = 504
    error_code = "SERVICE_TIMEOUT"
    title = "A service took too long"


AT_THE_DOOR = (
    PathInvalid,
    HeaderInvalid,
    OriginNotAllowed,
    BodyTooLarge,
    HostNotAllowed,
    RateLimited,
    ServiceAnswerInvalid,
    ServiceUnavailable,
    ServiceOverloaded,
    ServiceTimeout,
)
"""What any request to a service may meet before or instead of the service's own answer."""


def problem_answer(problem: Problem, path: str) -> Response:
    """The problem as an answer to a request for `path`."""
    return problem_response(
        problem.status,
        problem.error_code,
        problem.title,
        problem.detail,
        instance=path,
        headers=problem.headers,
    )
