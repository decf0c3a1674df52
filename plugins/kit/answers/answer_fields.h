#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "lianqiao/field_spec.h"

/// The settings by which a peer's answers are judged: one set of names for every adapter that
/// judges them by rule (AnswerRules).
namespace lianqiao::kit {

/// What differs between adapters: the defaults of the settings, written as in a FieldSpec.
struct AnswerDefaults {
  std::string_view codeField = {};
  /// Empty: AnswerTerms::okCodes says them, and okDoc tells which they are.
  std::string_view okCodes = {};
  std::string_view okDoc = "Codes that mean success.";
  std::string_view okDocZh = "表示成功的结果码。";
  std::string_view refusedCodes = {};
  std::string_view refusedWords = {};
  std::string_view throttledCodes = {};
  std::string_view retryCodes = {};
  std::string_view rejectedCodes = {};
  std::string_view otherCodes = "retry";
  std::string_view receiptField = {};
};

inline constexpr std::array<std::string_view, 2> kOtherCodes{"retry", "rejected"};
inline constexpr std::array<std::string_view, 2> kEmptyAnswers{"retry", "delivered"};

consteval std::array<FieldSpec, 10> answerFields(const AnswerDefaults& defaults) {
  return {{
      {.name = "code_field",
       .kind = FieldKind::text,
       .doc = "Dotted path in the answer of the code that tells success; \"\" leaves it to the "
              "HTTP status.",
       .docZh = "应答中结果码的字段路径；填 \"\" 表示只看 HTTP 状态码。",
       .fallback = defaults.codeField,
       .example = defaults.codeField.empty() ? "code" : "",
       .formerly = "ok_field"},
      {.name = "ok_codes",
       .kind = FieldKind::list,
       .doc = defaults.okDoc,
       .docZh = defaults.okDocZh,
       .fallback = defaults.okCodes,
       .example = defaults.okCodes.empty() ? "[\"0\"]" : "",
       .formerly = "ok_values"},
      {.name = "refused_codes",
       .kind = FieldKind::list,
       .doc = "Codes that mean: our credential or permission is bad; the peer is paused.",
       .docZh = "表示凭据或权限有误的结果码；对端将被暂停。",
       .fallback = defaults.refusedCodes,
       .formerly = "refused_values"},
      {.name = "refused_words",
       .kind = FieldKind::list,
       .doc = "Words in the answer's message that mean the same.",
       .docZh = "应答说明中表示同样含义的词。",
       .fallback = defaults.refusedWords},
      {.name = "throttled_codes",
       .kind = FieldKind::list,
       .doc = "Codes that mean: fewer calls, please.",
       .docZh = "表示调用过于频繁的结果码。",
       .fallback = defaults.throttledCodes},
      {.name = "retry_codes",
       .kind = FieldKind::list,
       .doc = "Codes that mean: try again later.",
       .docZh = "表示稍后重试的结果码。",
       .fallback = defaults.retryCodes,
       .formerly = "retry_values"},
      {.name = "rejected_codes",
       .kind = FieldKind::list,
       .doc = "Codes that mean: the record is bad and becomes an exception.",
       .docZh = "表示记录本身有误的结果码；记录转为异常。",
       .fallback = defaults.rejectedCodes},
      {.name = "other_codes",
       .kind = FieldKind::choice,
       .doc = "What a code means that no list names.",
       .docZh = "未列出的结果码如何处理。",
       .fallback = defaults.otherCodes,
       .choices = kOtherCodes},
      {.name = "empty_answer",
       .kind = FieldKind::choice,
       .doc = "What a 204, or another 2xx without a body, means where code_field is set.",
       .docZh = "设置了 code_field 时，204 或其他没有正文的 2xx 应答表示什么。",
       .fallback = "retry",
       .choices = kEmptyAnswers},
      {.name = "receipt_field",
       .kind = FieldKind::text,
       .doc = "Dotted path in the answer of the peer's own id for the record.",
       .docZh = "应答中对端自有编号的字段路径。",
       .fallback = defaults.receiptField,
       .example = defaults.receiptField.empty() ? "data.id" : ""},
  }};
}

/// The settings of an adapter out of several lists, in order.
template <std::size_t... Sizes>
consteval std::array<FieldSpec, (Sizes + ...)> concatenated(
    const std::array<FieldSpec, Sizes>&... lists) {
  std::array<FieldSpec, (Sizes + ...)> all{};
  std::size_t end = 0;
  const auto append = [&](const auto& list) {
    for (const FieldSpec& field : list) all[end++] = field;
  };
  (append(lists), ...);
  return all;
}

}  // namespace lianqiao::kit
