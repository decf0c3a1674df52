#pragma once

#include <string>
#include <string_view>

#include "http/http_head.h"
#include "lianqiao/http.h"

namespace lianqiao::http {

/// How the answer to one request must be framed.
struct Framing {
  bool headOnly = false;  ///< HEAD: the length is told, the body is not sent.
  bool keepAlive = true;  ///< Otherwise Connection: close is said.
};

/// An answer as bytes. Two strings, so that a large body is never copied.
struct WireAnswer {
  std::string head;
  std::string body;
  bool keepAlive = true;
};

/// Frames `response`: status line with the registered reason, Date, Content-Length, Connection;
/// headers of the same names that the response carries are ours to say and left out, and line
/// breaks inside others become blanks. A status outside 200–599 is sent as 500. Thread-safe.
WireAnswer frame(HttpResponse response, const Framing& framing);

HttpResponse answerOf(const Refusal& refusal);

std::string_view reasonOf(int status);

}  // namespace lianqiao::http
