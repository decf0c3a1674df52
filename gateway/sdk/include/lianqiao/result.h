#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lianqiao {

/// A failure that crosses a stage or the adapter boundary. Nothing throws across either.
struct Error {
  /// Bounded word `stage.cause` out of codes.h: log field, metric label, API field.
  std::string code;
  /// Free text for an administrator: what happened, where, what to do. Never a label.
  std::string detail;

  Error() = default;
  Error(std::string_view ofCode, std::string about) : code(ofCode), detail(std::move(about)) {}
};

/// One thing wrong with one piece of input. A record may have many; all are reported at once.
struct Problem {
  std::string code;     ///< Bounded, out of codes.h.
  std::string path;     ///< JSON Pointer into the record, or the source field's path; may be empty.
  std::string message;  ///< What is wrong and what would be right. Never contains a personal value.

  Problem() = default;
  Problem(std::string_view ofCode, std::string where, std::string what)
      : code(ofCode), path(std::move(where)), message(std::move(what)) {}
};

/// A value or the Error that took its place. Not thread-safe; moves like its value.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-*)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !ok().
  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-*)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: !ok().
  const Error& error() const& {
    assert(!ok());
    return *error_;
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace lianqiao
