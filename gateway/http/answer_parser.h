#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/http.h"

namespace lianqiao::http {

/// Reads one answer out of bytes as they come: interim answers are skipped, the final one must be
/// whole. Not thread-safe; one per call.
class AnswerParser {
 public:
  enum class State : std::uint8_t { need_more, complete, broken };

  /// `headOnly`: the request was HEAD. A body over `maxBytes` is broken.
  AnswerParser(bool headOnly, std::size_t maxBytes);
  ~AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  State feed(std::string_view bytes);
  /// The peer has ended the connection: complete only where that is how the answer says its length.
  State end();

  /// After complete. May be taken once.
  HttpResponse take();
  /// After complete: the connection may carry another call (the peer keeps it, and nothing
  /// follows).
  [[nodiscard]] bool reusable() const;
  /// After complete: the peer has sent more than its answer.
  [[nodiscard]] bool followed() const { return !waiting_.empty(); }
  /// True once any byte was fed.
  [[nodiscard]] bool begun() const { return begun_; }
  /// The status of the final answer, or 0 while its head is not whole.
  [[nodiscard]] int status() const;
  /// After broken: what is wrong, for a message.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Parser;
  State broken(std::string problem);

  const bool headOnly_;
  const std::size_t maxBytes_;
  std::unique_ptr<Parser> parser_;
  std::string waiting_;
  std::string problem_;
  int interim_ = 0;
  bool begun_ = false;
};

}  // namespace lianqiao::http
