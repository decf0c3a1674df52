#include "schema/schema.h"

#include <charconv>
#include <utility>

#include "lianqiao/codes.h"
#include "schema/compiled_schema.h"
#include "schema/schema_check.h"
#include "schema/schema_compiler.h"

namespace lianqiao::schema {
namespace {

std::string_view textOf(const json::Value& root, std::string_view name) {
  const json::Value* value = root.find(name);
  return value == nullptr ? std::string_view() : value->text();
}

/// Percent-decodes a URI fragment; what is no escape stays.
std::string decodeFragment(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr ==
            text.data() + i + 3) {
      result += static_cast<char>(code);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string decodeToken(std::string_view token) {
  std::string result;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      result += token[++i] == '0' ? '~' : '/';
    } else {
      result += token[i];
    }
  }
  return result;
}

const json::Value* step(const json::Value& from, const std::string& token) {
  if (from.isObject()) return from.find(token);
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index >= from.size()) {
    return nullptr;
  }
  return &from.elements()[index];
}

}  // namespace

const json::Value* resolvePointer(const json::Value& root, std::string_view reference) {
  if (reference.starts_with("#")) reference.remove_prefix(1);
  const std::string pointer = decodeFragment(reference);
  const json::Value* value = &root;
  std::string_view rest = pointer;
  while (value != nullptr && !rest.empty()) {
    if (rest[0] != '/') return nullptr;
    rest.remove_prefix(1);
    const std::size_t slash = rest.find('/');
    value = step(*value, decodeToken(rest.substr(0, slash)));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  }
  return value;
}

std::size_t PropertyTable::slotOf(std::string_view name) {
  if (name.empty()) return 0;
  const auto byte = [name](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
  };
  return name.size() * 7 + byte(0) * 31 + byte(name.size() / 2) * 131 + byte(name.size() - 1) * 17;
}

void PropertyTable::build(std::vector<Property> properties) {
  properties_ = std::move(properties);
  std::size_t size = 8;
  while (size < properties_.size() * 2) size *= 2;
  slots_.assign(size, 0);
  for (std::size_t i = 0; i < properties_.size(); ++i) {
    std::size_t slot = slotOf(properties_[i].name) & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = static_cast<std::uint16_t>(i + 1);
  }
}

const Property* PropertyTable::find(std::string_view name) const {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = slotOf(name) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Property& property = properties_[slots_[slot] - 1U];
    if (property.name == name) return &property;
  }
  return nullptr;
}

Schema::Schema(std::shared_ptr<const CompiledSchema> compiled) : compiled_(std::move(compiled)) {}

std::optional<Schema> Schema::compile(std::string text, std::vector<Problem>& problems,
                                      Dialect withoutWord) {
  auto compiled = std::make_shared<CompiledSchema>();
  compiled->text = std::move(text);
  if (Result<void> parsed = json::parse(compiled->text, compiled->document); !parsed.ok()) {
    problems.push_back({codes::kConfig, "", parsed.error().detail});
    return std::nullopt;
  }
  std::vector<Problem> faults;
  SchemaCompiler(*compiled, faults).run(withoutWord);
  if (faults.empty()) return Schema(std::move(compiled));
  problems.insert(problems.end(), faults.begin(), faults.end());
  return std::nullopt;
}

bool Schema::check(const json::Value& value, std::vector<Problem>& problems) const {
  return checkValue(*compiled_, value, &problems);
}

bool Schema::accepts(const json::Value& value) const {
  return checkValue(*compiled_, value, nullptr);
}

const json::Value& Schema::source() const { return compiled_->document.root; }
std::string_view Schema::id() const { return textOf(source(), "$id"); }
std::string_view Schema::version() const { return textOf(source(), "x-version"); }

}  // namespace lianqiao::schema
