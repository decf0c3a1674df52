#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"

namespace lianqiao::admin {

/// Writes JSON front to back. Not thread-safe. REQUIRES: every object() and array() has its end().
class JsonBuilder {
 public:
  JsonBuilder& object() { return open('{', '}'); }
  JsonBuilder& array() { return open('[', ']'); }
  JsonBuilder& end() {
    text_ += closers_.back();
    closers_.pop_back();
    comma_ = true;
    return *this;
  }
  JsonBuilder& name(std::string_view name) {
    separate();
    json::writeText(name, text_);
    text_ += ':';
    comma_ = false;
    return *this;
  }
  JsonBuilder& text(std::string_view value) {
    separate();
    json::writeText(value, text_);
    return *this;
  }
  /// `json` must be one JSON text.
  JsonBuilder& raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
  }
  JsonBuilder& field(std::string_view key, std::string_view value) { return name(key).text(value); }
  JsonBuilder& field(std::string_view key, const char* value) { return name(key).text(value); }
  JsonBuilder& field(std::string_view key, std::same_as<bool> auto value) {
    return name(key).raw(value ? "true" : "false");
  }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) JsonBuilder& field(std::string_view key, Number value) {
    return name(key).raw(std::to_string(value));
  }
  /// The finished text; the builder is empty afterwards.
  std::string take() {
    comma_ = false;
    return std::move(text_);
  }

 private:
  JsonBuilder& open(char opener, char closer) {
    separate();
    text_ += opener;
    closers_ += closer;
    comma_ = false;
    return *this;
  }
  void separate() {
    if (comma_) text_ += ',';
    comma_ = true;
  }

  std::string text_;
  std::string closers_;
  bool comma_ = false;
};

}  // namespace lianqiao::admin
