#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lianqiao {

/// A text that cannot be printed by accident: no stream operator, no conversion, no comparison.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  /// For signing and comparing only; never for a log, a message or an answer.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

enum class FieldKind { text, secret, integer, boolean, duration, size, url, choice, list, path };

/// Describes one setting of an adapter. Validation, `lianqiao describe`, the reference page and the
/// console's forms all come from it. A setting without fallback that is `required` must be given.
struct FieldSpec {
  std::string_view name;  ///< lower_snake.
  FieldKind kind;
  std::string_view doc;            ///< One English sentence: what it does.
  std::string_view docZh;          ///< The same in Chinese.
  std::string_view fallback = {};  ///< Default, written as in YAML ("30s", "64 KiB", "true").
  bool required = false;
  std::span<const std::string_view> choices = {};  ///< For FieldKind::choice.
  std::string_view example = {};
  /// Of an integer, duration or size: the smallest and the largest value that is taken, written as
  /// in YAML. These three kinds have both, the others neither.
  std::string_view least = {};
  std::string_view most = {};
  std::string_view unit = {};    ///< Of an integer: what it counts, such as "records".
  std::string_view unitZh = {};  ///< The same in Chinese.
  bool sole = false;             ///< Of a path: no two peers may have the same place.
  /// What the setting was called before: whoever still writes that is told this name.
  std::string_view formerly = {};
};

/// Settings of one peer, already checked against the adapter's FieldSpecs, fallbacks filled in.
/// Read-only, thread-safe. Asking for a name that was not described, or as another kind, aborts: a
/// programming error that the conformance suite finds.
class Settings {
 public:
  using Value = std::variant<std::string, Secret, std::int64_t, bool, std::chrono::milliseconds,
                             std::vector<std::string>>;

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  /// A text, secret or list that is described but neither given nor has a fallback reads as empty;
  /// has() tells the difference. Any other kind must be given or have a fallback to be read.
  [[nodiscard]] const std::string& text(std::string_view name) const;  ///< text, url, choice, path
  [[nodiscard]] const Secret& secret(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;  ///< integer, size (bytes)
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;

  /// For the configuration reader and for tests.
  void set(std::string name, Value value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }
  /// Says that a setting of that name is described, though it has no value.
  void describe(std::string name) { described_.insert(std::move(name)); }

 private:
  template <typename T>
  const T& at(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
  std::set<std::string, std::less<>> described_;
};

}  // namespace lianqiao
