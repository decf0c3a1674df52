#include "fuzz/fuzz.h"
#include "http/answer_parser.h"
#include "http/readable.h"
#include "lianqiao/text.h"

namespace lianqiao::fuzz {
namespace {

constexpr std::size_t kAnswerBody = 600;

std::string outcome(const std::vector<std::string_view>& pieces, bool headOnly) {
  using State = http::AnswerParser::State;
  http::AnswerParser parser(headOnly, kAnswerBody);
  State state = State::need_more;
  for (const std::string_view piece : pieces) {
    state = parser.feed(piece);
    if (state != State::need_more) break;
  }
  if (state == State::need_more) state = parser.end();
  demand(state != State::need_more, "after the end an answer is whole or broken");
  if (state == State::broken) {
    demand(!parser.problem().empty(), "a broken answer says what is wrong");
    return "broken";
  }
  HttpResponse response = parser.take();
  demand(response.status >= 200, "interim answers are passed over");
  demand(response.body.size() <= kAnswerBody, "a body is bounded");
  demand(!headOnly || response.body.empty(), "HEAD has no body");
  const bool fits = http::makeReadable(response, kAnswerBody).ok();
  demand(!fits || response.body.size() <= 2 * kAnswerBody, "what a body becomes is bounded");
  demand(response.unread.empty() || response.body.empty(), "what cannot be read leaves nothing");
  const bool isText = response.headers.get("Content-Type").starts_with("text/");
  demand(!fits || !isText || isUtf8(response.body), "what is text is UTF-8");
  if (!fits) return "too long";
  std::string text = std::to_string(response.status) + "\n";
  for (const auto& [name, value] : response.headers.all())
    text.append(name).append(": ").append(value).append("\n");
  return text + "\n" + response.body;
}

}  // namespace

LIANQIAO_FUZZ_TARGET(answer) {
  for (const bool headOnly : {false, true}) {
    const std::string whole = outcome({input}, headOnly);
    for (const auto& pieces : cuts(input))
      demand(outcome(pieces, headOnly) == whole,
             "the outcome is the same however the bytes arrive");
  }
}

}  // namespace lianqiao::fuzz
