#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "conformance/conformance_parts.h"
#include "conformance/golden.h"
#include "conformance/test_data.h"

namespace lianqiao::conformance {

namespace {

struct Garbage {
  std::string name;
  std::string body;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<Garbage> garbage() {
  std::vector<Garbage> all{
      {"an empty body", ""},
      {"one brace", "{"},
      {"null", "null"},
      {"a number", "7"},
      {"a NUL byte", std::string(1, '\0')},
      {"invalid UTF-8", "{\"a\":\"\xC3\x28\"}"},
      {"a lone surrogate", R"({"a":"\ud800"})"},
      {"a thousand blanks", std::string(1000, ' ')},
      {"a mebibyte of one letter", std::string(1u << 20, 'a')},
      {"100,000 open brackets", std::string(100'000, '[')},
      {"100,000 nested objects", repeated("{\"a\":", 100'000)},
      {"50,000 nested elements", repeated("<a>", 50'000)},
      {"an entity bomb", "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>"},
      {"markup", "<html><body>Bad Gateway</body></html>"},
      {"a form", "a=1&b=%ZZ&&==&"},
  };
  std::mt19937 random(1);
  for (const std::size_t size : {1U, 100U, 10'000U}) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    all.push_back({std::to_string(size) + " random bytes", bytes});
  }
  return all;
}

// Receives and answers as intake would; returns how many items came through whole.
std::size_t roundTrip(Receiver& receiver, const HttpRequest& request, Ears& ears) {
  const auto reception = attempt("receive", [&] { return receiver.receive(request); });
  if (!reception) {
    ears.hear("receive", reception.error());
    return 0;
  }
  if (reception->answer) {
    EXPECT_TRUE(reception->items.empty()) << "an immediate answer comes without items";
    EXPECT_GE(reception->answer->status, 200);
    ears.hear("an immediate answer", reception->answer->body);
    return 0;
  }
  for (const RawItem& item : reception->items) ears.hear("receive", item.problems);
  const auto verdicts = acceptedVerdicts(reception->items);
  const auto answer = attempt("answer", [&] { return receiver.answer(request, verdicts); });
  if (answer) {
    EXPECT_GE(answer->status, 200);
    EXPECT_LE(answer->status, 599);
    ears.hear("the answer", answer->body);
  }
  return static_cast<std::size_t>(
      std::count_if(verdicts.begin(), verdicts.end(), [](const ItemVerdict& verdict) {
        return verdict.status != ItemVerdict::Status::quarantined;
      }));
}

void checkGarbage(Receiver& receiver, const std::vector<HttpRequest>& good, Ears& ears) {
  for (const auto& [name, body] : garbage()) {
    SCOPED_TRACE("receiver: " + name);
    for (HttpRequest request : good) {
      if (request.method == "GET") continue;
      request.body = body;
      EXPECT_EQ(roundTrip(receiver, request, ears), 0U) << "it passed for a whole item";
    }
    for (const std::string_view method : {"GET", "POST", "DELETE"}) {
      HttpRequest bare;
      bare.method = method;
      bare.target = "/%zz?&&=%";
      bare.path = "/%zz";
      bare.query = "&&=%";
      bare.body = body;
      EXPECT_EQ(roundTrip(receiver, bare, ears), 0U) << "it passed for a whole item";
    }
  }
}

// Every prefix of a good body: a sender that lies about its length, a proxy that cuts.
void checkTruncations(Receiver& receiver, const std::vector<HttpRequest>& good, Ears& ears) {
  for (const HttpRequest& whole : good) {
    const std::size_t step = whole.body.size() / 64 + 1;
    for (std::size_t size = 0; size < whole.body.size(); size += step) {
      SCOPED_TRACE("receiver: a good body cut at " + std::to_string(size));
      HttpRequest cut = whole;
      cut.body.resize(size);
      (void)roundTrip(receiver, cut, ears);
    }
  }
}

void checkConcurrency(Receiver& receiver, const std::vector<HttpRequest>& good, Ears& ears) {
  SCOPED_TRACE("receiver: four threads");
  std::vector<std::size_t> alone;
  alone.reserve(good.size());
  for (const HttpRequest& request : good) alone.push_back(roundTrip(receiver, request, ears));
  std::atomic<int> different = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 25; ++round) {
          for (std::size_t at = 0; at < good.size(); ++at) {
            if (roundTrip(receiver, good[at], ears) != alone[at]) ++different;
          }
        }
      });
    }
  }
  EXPECT_EQ(different, 0) << "requests got another result than when they came alone";
}

void writeItem(const RawItem& item, std::string& out) {
  out += "{\"body\":";
  json::Document document;
  if (json::parse(item.body, document)) {
    json::write(document.root, out);
  } else {
    json::writeText(item.body, out);
  }
  const auto member = [&out](std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out += ",\"" + std::string(name) + "\":";
    json::writeText(text, out);
  };
  member("evidence", item.evidence);
  member("sourceId", item.sourceId);
  member("origin", item.origin);
  for (const Problem& problem : item.problems) {
    member("problem", problem.code + " " + problem.path + ": " + problem.message);
  }
  out += '}';
}

std::string answerText(const HttpResponse& answer) {
  std::string out = "{\"status\":" + std::to_string(answer.status) + ",\"body\":";
  json::writeText(answer.body, out);
  return out + '}';
}

// One item a line, so that a difference names the item.
std::string goldenText(Receiver& receiver, const HttpRequest& request, Ears& ears) {
  const auto reception = attempt("receive", [&] { return receiver.receive(request); });
  if (!reception) {
    ears.hear("receive", reception.error());
    return "{\"error\":\"" + reception.error().code + "\"}\n";
  }
  if (reception->answer) return "{\"answer\":" + answerText(*reception->answer) + "}\n";
  std::string out = "{\"items\":[";
  for (const RawItem& item : reception->items) {
    out += &item == &reception->items.front() ? "\n" : ",\n";
    writeItem(item, out);
  }
  const HttpResponse answer = receiver.answer(request, acceptedVerdicts(reception->items));
  return out + "\n],\n\"answer\":" + answerText(answer) + "}\n";
}

}  // namespace

HttpRequest requestOf(std::string_view text, bool raw_http) {
  HttpRequest request;
  if (!raw_http) {
    request.method = "POST";
    request.target = request.path = "/v1/peers/conformance/records";
    request.headers.add("Content-Type", "application/json");
    request.body = text;
    return request;
  }
  const auto line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    return one;
  };
  const std::string_view start = line();
  request.method = start.substr(0, start.find(' '));
  const std::string_view rest = start.substr(std::min(request.method.size() + 1, start.size()));
  request.target = rest.substr(0, rest.find(' '));
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  request.path = percentDecode(std::string_view(request.target).substr(0, question), false);
  request.query = request.target.substr(std::min(question + 1, request.target.size()));
  for (std::string_view field = line(); !field.empty(); field = line()) {
    const std::size_t colon = std::min(field.find(':'), field.size());
    std::string_view value = field.substr(std::min(colon + 1, field.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    request.headers.add(std::string(field.substr(0, colon)), std::string(value));
  }
  if (text.ends_with('\n')) text.remove_suffix(1);  // an editor's, not the sender's
  request.body = text;
  return request;
}

void checkReceiver(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  test::FakeHost host;
  const auto receiver =
      attempt("makeReceiver", [&] { return conformance.descriptor->makeReceiver(settings, host); });
  if (!receiver || *receiver == nullptr) return;
  const std::vector<HttpRequest>& good = conformance.receiver->good;
  EXPECT_FALSE(good.empty()) << "the case gives no good request";
  for (const HttpRequest& request : good) {
    SCOPED_TRACE("receiver: good request " + request.method + " " + request.target);
    const auto reception = attempt("receive", [&] { return (*receiver)->receive(request); });
    if (reception) {
      EXPECT_TRUE(reception->answer || !reception->items.empty()) << "it gives nothing";
    } else {
      ADD_FAILURE() << reception.error().detail;
    }
  }
  checkGarbage(**receiver, good, ears);
  checkTruncations(**receiver, good, ears);
  checkConcurrency(**receiver, good, ears);
  ears.hear(host);
}

void checkGolden(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(conformance.golden)) {
    const std::string name = entry.path().filename().string();
    const bool raw_http = name.ends_with(".request.http");
    if (!raw_http && !name.ends_with(".request.json")) continue;
    SCOPED_TRACE("golden case " + name);
    ++cases;
    test::FakeHost host;  // a new one each: its nonces count
    const auto receiver = conformance.descriptor->makeReceiver(settings, host);
    const std::string text = test::readFile(entry.path());
    const std::string stem = name.substr(0, name.find(".request."));
    EXPECT_TRUE(test::matchesGolden(conformance.golden / (stem + ".items.json"),
                                    goldenText(*receiver, requestOf(text, raw_http), ears)));
    ears.hear(host);
  }
  EXPECT_GT(cases, 0U) << conformance.golden << " holds no <case>.request.json or .request.http";
}

}  // namespace lianqiao::conformance
