#include "schema/schema_check.h"

#include <algorithm>
#include <array>
#include <string>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "schema/schema.h"
#include "schema/value_equal.h"

namespace lianqiao::schema {
namespace {

/// Where the walk stands; lives on the stack, becomes text only when something is wrong.
struct Place {
  const Place* up = nullptr;
  std::string_view name;
  std::size_t index = 0;
  bool isIndex = false;
};

void appendPointer(const Place* place, std::string& out) {
  if (place == nullptr) return;
  appendPointer(place->up, out);
  out += '/';
  if (place->isIndex) {
    out += std::to_string(place->index);
    return;
  }
  for (char c : place->name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

std::string_view kindName(json::Kind kind) {
  constexpr std::array<std::string_view, 6> kNames{"null",     "true or false", "a number",
                                                   "a string", "an array",      "an object"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string typeNames(std::uint8_t types) {
  std::string result;
  for (unsigned bit = 0; bit < 7; ++bit) {
    if ((types & (1U << bit)) == 0) continue;
    if (!result.empty()) result += " or ";
    result += bit == 6 ? "an integer" : kindName(static_cast<json::Kind>(bit));
  }
  return result.empty() ? "absent" : result;
}

std::string plural(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

/// The allowed values are the schema's words, not the record's.
std::string listOf(const std::vector<json::Value>& allowed) {
  constexpr std::size_t kMost = 12;
  std::string result;
  for (std::size_t i = 0; i < std::min(kMost, allowed.size()); ++i) {
    if (i > 0) result += ", ";
    json::write(allowed[i], result);
  }
  if (allowed.size() > kMost) result += ", … (" + std::to_string(allowed.size()) + " in all)";
  return result;
}

class Walk {
 public:
  Walk(const CompiledSchema& schema, std::vector<Problem>* problems)
      : schema_(schema), problems_(problems) {}

  bool node(NodeIndex index, const json::Value& value, const Place* place) {
    const SchemaNode& node = schema_.nodes[index];
    if (node.never) return fail(place, "is not allowed here");
    if (node.types != kAnyType && !typeFits(node.types, value)) {
      return fail(place, "must be " + typeNames(node.types) + ", is " +
                             std::string(kindName(value.kind())));
    }
    bool good = true;
    if (node.allowed || node.constant) good = values(node, value, place);
    switch (value.kind()) {
      case json::Kind::object:
        if (node.object && (good || loud())) good &= object(*node.object, value, place);
        break;
      case json::Kind::array:
        if (node.array && (good || loud())) good &= array(*node.array, value, place);
        break;
      case json::Kind::string:
        if (node.string && (good || loud())) good &= string(*node.string, value.text(), place);
        break;
      case json::Kind::number:
        if (node.number && (good || loud())) good &= number(*node.number, value.text(), place);
        break;
      default:
        break;
    }
    if (node.combines && (good || loud())) good &= combination(node, value, place);
    return good;
  }

 private:
  [[nodiscard]] bool loud() const { return problems_ != nullptr && !full_; }

  bool fail(const Place* place, std::string message) {
    if (problems_ == nullptr || full_) return false;
    if (problems_->size() - before_ + 1 >= kMaxProblems) {
      full_ = true;
      problems_->push_back({codes::kSchema, "", "has more problems; these are enough"});
      return false;
    }
    std::string pointer;
    appendPointer(place, pointer);
    problems_->push_back({codes::kSchema, std::move(pointer), std::move(message)});
    return false;
  }

  /// The node's verdict without a word about it.
  bool quietly(NodeIndex index, const json::Value& value) {
    std::vector<Problem>* const kept = std::exchange(problems_, nullptr);
    const bool good = node(index, value, nullptr);
    problems_ = kept;
    return good;
  }

  static bool typeFits(std::uint8_t types, const json::Value& value) {
    if ((types & typeBit(value.kind())) != 0) return true;
    return value.isNumber() && (types & kIntegerBit) != 0 && isIntegerLexeme(value.text());
  }

  bool values(const SchemaNode& node, const json::Value& value, const Place* place) {
    bool good = true;
    if (node.constant && !equal(*node.constant, value)) {
      good = fail(place, "must be " + json::write(*node.constant));
    }
    if (node.allowed && std::none_of(node.allowed->begin(), node.allowed->end(),
                                     [&value](const json::Value& v) { return equal(v, value); })) {
      good = fail(place, "must be one of " + listOf(*node.allowed));
    }
    return good;
  }

  bool object(const ObjectRules& rules, const json::Value& value, const Place* place) {
    std::array<std::uint64_t, kMaxRequired / 64> seen{};
    std::size_t found = 0;
    bool good = true;
    for (const json::Member& member : value.members()) {
      const Place here{place, member.name, 0, false};
      const Property* property = rules.table.find(member.name);
      bool known = false;
      if (property != nullptr) {
        if (property->required != Property::kUnrequired) {
          std::uint64_t& word = seen[property->required / 64];
          const std::uint64_t bit = std::uint64_t{1} << (property->required % 64);
          found += (word & bit) == 0 ? 1 : 0;
          word |= bit;
        }
        if (property->node != kNoNode) {
          known = true;
          good &= node(property->node, member.value, &here);
        }
      }
      if (!rules.patterns.empty() || rules.names != kNoNode || !known) {
        good &= otherMember(rules, member, known, &here);
      }
      if (!good && !loud()) return false;
    }
    if (found < rules.required.size()) good &= missing(rules, seen, place);
    if (value.size() < rules.size.min || value.size() > rules.size.max) {
      good &= size(rules.size, value.size(), "member", "members", place);
    }
    for (const auto& [name, needed] : rules.dependent) {
      if (value.find(name) != nullptr) good &= dependent(value, name, needed, place);
    }
    return good;
  }

  bool otherMember(const ObjectRules& rules, const json::Member& member, bool known,
                   const Place* here) {
    bool good = true;
    for (const PatternRule& rule : rules.patterns) {
      if (!RE2::PartialMatch(member.name, *rule.expression)) continue;
      known = true;
      good &= node(rule.node, member.value, here);
    }
    if (rules.names != kNoNode && !quietly(rules.names, json::Value::ofText(member.name))) {
      good = fail(here, "has a name that is not allowed here");
    }
    if (!known && rules.additional != kNoNode) {
      good &= schema_.nodes[rules.additional].never ? unknown(rules, member.name, here)
                                                    : node(rules.additional, member.value, here);
    }
    return good;
  }

  bool unknown(const ObjectRules& rules, std::string_view name, const Place* here) {
    if (!loud()) return false;
    std::vector<std::string_view> names;
    for (const Property& property : rules.table.all()) names.push_back(property.name);
    const std::string_view near = name.size() > 64 ? std::string_view() : closest(name, names);
    return fail(here, near.empty()
                          ? std::string("is no field of this type")
                          : "is no field of this type; did you mean " + std::string(near) + "?");
  }

  bool missing(const ObjectRules& rules, const std::array<std::uint64_t, kMaxRequired / 64>& seen,
               const Place* place) {
    if (!loud()) return false;
    for (std::size_t i = 0; i < rules.required.size(); ++i) {
      if ((seen[i / 64] >> (i % 64) & 1) != 0) continue;
      const Place here{place, rules.required[i], 0, false};
      fail(&here, "is missing");
    }
    return false;
  }

  bool dependent(const json::Value& value, std::string_view name,
                 const std::vector<std::string_view>& needed, const Place* place) {
    bool good = true;
    for (std::string_view other : needed) {
      if (value.find(other) != nullptr) continue;
      const Place here{place, other, 0, false};
      good = fail(&here, "is missing; it is needed beside " + std::string(name));
    }
    return good;
  }

  bool size(const Bounds& bounds, std::size_t actual, std::string_view one, std::string_view many,
            const Place* place) {
    if (!loud()) return false;
    return actual < bounds.min ? fail(place, "must have at least " + plural(bounds.min, one, many) +
                                                 ", has " + std::to_string(actual))
                               : fail(place, "must have at most " + plural(bounds.max, one, many) +
                                                 ", has " + std::to_string(actual));
  }

  bool array(const ArrayRules& rules, const json::Value& value, const Place* place) {
    const std::span<const json::Value> elements = value.elements();
    bool good = true;
    if (elements.size() < rules.size.min || elements.size() > rules.size.max) {
      good = size(rules.size, elements.size(), "element", "elements", place);
    }
    for (std::size_t i = 0; i < elements.size() && (good || loud()); ++i) {
      const NodeIndex index = i < rules.prefix.size() ? rules.prefix[i] : rules.items;
      if (index == kNoNode) break;
      const Place here{place, {}, i, true};
      good &= node(index, elements[i], &here);
    }
    if (rules.unique && elements.size() > 1) {
      if (const auto twins = duplicateIn(elements)) {
        good = fail(place, "must have no element twice; " + std::to_string(twins->first) + " and " +
                               std::to_string(twins->second) + " are equal");
      }
    }
    return good;
  }

  bool string(const StringRules& rules, std::string_view text, const Place* place) {
    bool good = true;
    // A character has one to four bytes: count only where the bytes do not decide.
    if (text.size() > rules.length.max || text.size() / 4 < rules.length.min) {
      const std::size_t length = countCharacters(text);
      if (length > rules.length.max || length < rules.length.min) {
        good = size(rules.length, length, "character", "characters", place);
      }
    }
    if (rules.pattern && !RE2::PartialMatch(text, *rules.pattern->expression)) {
      good = fail(place, "must match the pattern " + std::string(rules.pattern->text));
    }
    if (rules.format && !matches(*rules.format, text)) {
      good = fail(place, "is no " + std::string(formatName(*rules.format)) + ": " +
                             std::string(formatRule(*rules.format)));
    }
    return good;
  }

  bool number(const NumberRules& rules, std::string_view lexeme, const Place* place) {
    const Decimal value(lexeme);
    const auto bound = [&](bool broken, std::string_view words, std::string_view keyword) {
      if (!broken) return true;
      return fail(place, std::string(words) + json::write(*rules.source->find(keyword)));
    };
    bool good = bound(rules.minimum && value < *rules.minimum, "must be at least ", "minimum");
    good &= bound(rules.maximum && value > *rules.maximum, "must be at most ", "maximum");
    good &= bound(rules.exclusiveMinimum && value <= *rules.exclusiveMinimum, "must be more than ",
                  "exclusiveMinimum");
    good &= bound(rules.exclusiveMaximum && value >= *rules.exclusiveMaximum, "must be less than ",
                  "exclusiveMaximum");
    good &= bound(rules.multipleOf && !value.isMultipleOf(*rules.multipleOf),
                  "must be a multiple of ", "multipleOf");
    return good;
  }

  bool combination(const SchemaNode& node_, const json::Value& value, const Place* place) {
    bool good = node_.ref == kNoNode || node(node_.ref, value, place);
    for (NodeIndex part : node_.allOf) {
      if (good || loud()) good &= node(part, value, place);
    }
    if (!node_.anyOf.empty() && (good || loud())) good &= anyOf(node_.anyOf, value, place);
    if (!node_.oneOf.empty() && (good || loud())) good &= oneOf(node_.oneOf, value, place);
    if (node_.negated != kNoNode && (good || loud()) && quietly(node_.negated, value)) {
      good = fail(place, "has a form that is ruled out here");
    }
    if (node_.condition != kNoNode && (good || loud())) {
      const NodeIndex next =
          quietly(node_.condition, value) ? node_.consequence : node_.alternative;
      if (next != kNoNode) good &= node(next, value, place);
    }
    return good;
  }

  bool anyOf(const std::vector<NodeIndex>& forms, const json::Value& value, const Place* place) {
    for (NodeIndex form : forms) {
      if (quietly(form, value)) return true;
    }
    return none(forms, value, place);
  }

  bool oneOf(const std::vector<NodeIndex>& forms, const json::Value& value, const Place* place) {
    std::size_t fitting = 0;
    for (NodeIndex form : forms) {
      if (quietly(form, value) && ++fitting > 1) {
        return fail(place, "fits several of the forms of which it must fit exactly one");
      }
    }
    return fitting == 1 || none(forms, value, place);
  }

  /// Says what is wrong with the form that was probably meant: the only one of the value's type.
  bool none(const std::vector<NodeIndex>& forms, const json::Value& value, const Place* place) {
    if (!loud()) return false;
    fail(place, "fits none of the " + plural(forms.size(), "allowed form", "allowed forms"));
    NodeIndex meant = kNoNode;
    for (NodeIndex form : forms) {
      if (!typeFits(schema_.nodes[form].types, value)) continue;
      if (meant != kNoNode) return false;
      meant = form;
    }
    if (meant != kNoNode) node(meant, value, place);
    return false;
  }

  const CompiledSchema& schema_;
  std::vector<Problem>* problems_;
  std::size_t before_ = problems_ == nullptr ? 0 : problems_->size();
  bool full_ = false;
};

}  // namespace

bool checkValue(const CompiledSchema& schema, const json::Value& value,
                std::vector<Problem>* problems) {
  return Walk(schema, problems).node(schema.root, value, nullptr);
}

}  // namespace lianqiao::schema
