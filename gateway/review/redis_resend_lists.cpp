#include "review/redis_resend_lists.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::review {
namespace {

using Cause = ResendVerdict::Cause;

constexpr std::chrono::milliseconds kListLife = std::chrono::hours(7 * 24);
/// What is brought back is there within the script that takes it up, or goes.
constexpr std::string_view kCopyLife = "60000";
/// The words of resend.lua beside the delivery to look behind.
constexpr std::size_t kRunWords = 7;

/// As the scripts name them.
constexpr std::array<std::pair<Cause, std::string_view>, 7> kCauses = {
    {{Cause::gone, "gone"},
     {Cause::unknown, "unknown"},
     {Cause::erased, "erased"},
     {Cause::underWay, "under_way"},
     {Cause::buried, "buried"},
     {Cause::resent, "resent"},
     {Cause::failed, "failed"}}};

std::string_view nameOf(Cause cause) {
  const auto found = std::find_if(kCauses.begin(), kCauses.end(),
                                  [&](const auto& one) { return one.first == cause; });
  return found == kCauses.end() ? std::string_view() : found->second;
}

WallTime timeOfMillis(std::string_view millis) {
  redis::RedisReply number;
  number.text = millis;
  return WallTime(std::chrono::milliseconds(number.number()));
}

long long millisOf(WallTime time) { return time.time_since_epoch().count(); }

std::string_view takeWord(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string itemOf(const ListedDelivery& delivery) { return delivery.record + " " + delivery.peer; }

ListedDelivery readItem(std::string_view text) {
  ListedDelivery delivery;
  delivery.record = takeWord(text);
  delivery.peer = text;
  return delivery;
}

/// "" or "<cause> <since ms> <text>".
ResendVerdict readVerdict(std::string_view item, std::string_view text) {
  ResendVerdict verdict;
  verdict.delivery = readItem(item);
  const std::string_view name = takeWord(text);
  for (const auto& [cause, its] : kCauses)
    if (its == name) verdict.cause = cause;
  if (const std::string_view since = takeWord(text); !since.empty())
    verdict.since = timeOfMillis(since);
  verdict.text = text;
  return verdict;
}

std::vector<ResendVerdict> readVerdicts(std::span<const redis::RedisReply> words) {
  std::vector<ResendVerdict> verdicts;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2)
    verdicts.push_back(readVerdict(words[i].text, words[i + 1].text));
  return verdicts;
}

/// As settle.lua left it: settled, to that peer alone. So the script finds a delivered record.
void addKept(redis::RedisCommand& command, const std::string& key, const ListedDelivery& about,
             const KeptDelivery& kept) {
  const record::StoredRecord& record = kept.record;
  const std::string state = "d " + std::to_string(millisOf(kept.delivered)) + " 1 " + kept.receipt;
  command.begin(kept.late ? 22 : 20);
  for (const std::string_view word : {std::string_view("HSET"), std::string_view(key),
                                      std::string_view("k"), std::string_view(record.key)})
    command.word(word);
  command.word("t");
  command.word(record.type);
  command.word("p");
  command.word(kept.high ? "h" : "n");
  command.word("a");
  command.word(millisOf(record.accepted));
  command.word("s");
  command.word(record.peer);
  command.word("to");
  command.word(about.peer);
  command.word("d:" + about.peer);
  command.word(state);
  if (kept.late) {
    command.word("l");
    command.word("1");
  }
  for (const auto& [field, value] :
       {std::pair<std::string_view, const std::string&>{"e", record.event}, {"b", record.body}}) {
    command.word(field);
    command.word(value);
  }
}

}  // namespace

Result<void> RedisResendLists::make(const std::string& id, const ResendWish& wish) {
  const auto made = enlist(id, wish, {});
  return made.ok() ? Result<void>() : made.error();
}

Result<std::uint64_t> RedisResendLists::add(const std::string& id,
                                            const std::vector<ListedDelivery>& deliveries) {
  return enlist(id, {}, deliveries);
}

Result<std::uint64_t> RedisResendLists::enlist(const std::string& id, const ResendWish& wish,
                                               const std::vector<ListedDelivery>& deliveries) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto flag = [](bool set) { return set ? std::string_view("1") : std::string_view(); };
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::enlist, keys_, 11 + deliveries.size());
  command.word(id);
  command.word(millisOf(clock_.wall()));
  command.word(static_cast<long long>(kListLife.count()));
  command.word(static_cast<long long>(kMostOfOne));
  command.word(static_cast<long long>(kMostOfAll));
  command.word(static_cast<long long>(kMostLists));
  for (const std::string_view word :
       {std::string_view(wish.by), std::string_view(wish.why), flag(wish.asNew), flag(wish.again),
        std::string_view(wish.asked)})
    command.word(word);
  for (const ListedDelivery& delivery : deliveries) command.word(itemOf(delivery));
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->kind != redis::RedisReply::Kind::text)
    return static_cast<std::uint64_t>((*reply)->integer);
  const std::string_view why = (*reply)->text;
  if (why == "gone")
    return Error{codes::kNotFound,
                 "There is no list " + id + " (any more: lists go after a week)."};
  if (why == "begun")
    return Error{codes::kMalformed,
                 "The list " + id + " is being carried out already; make another one."};
  if (why == "full")
    return Error{codes::kMalformed, "A list holds at most " + std::to_string(kMostOfOne) +
                                        " deliveries, and all of this week " +
                                        std::to_string(kMostOfAll) + "; make it shorter."};
  return Error{codes::kOverloaded, "There are " + std::to_string(kMostLists) +
                                       " lists of this week already; wait until some are gone."};
}

Result<std::optional<ResendStep>> RedisResendLists::run(
    const std::string& id, std::size_t most, const std::optional<ResendKnowledge>& known) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  const bool brings = known && known->kept;
  if (brings) {
    const std::string copy = keys_.again(known->about.record);
    command.add({"MULTI"});
    command.add({"DEL", copy});
    addKept(command, copy, known->about, *known->kept);
    if (!known->kept->record.evidence.empty())
      command.add({"HSET", copy, "v", known->kept->record.evidence});
    command.add({"PEXPIRE", copy, kCopyLife});
  }
  queue::beginScript(command, queue::Script::resend, keys_, kRunWords);
  command.word(id);
  command.word(static_cast<long long>(std::min(most, kMostPerCall)));
  command.word(millisOf(clock_.wall()));
  command.word(static_cast<long long>(kListLife.count()));
  command.word(journal_.word());
  command.word(known ? itemOf(known->about) : std::string());
  command.word(brings  ? std::string("kept")
               : known ? std::string(nameOf(known->refused)).append(" 0 ")
                       : std::string());
  if (brings) command.add({"EXEC"});
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->items.size() != 4) return std::optional<ResendStep>();
  const std::span<const redis::RedisReply> words = (*reply)->items;
  ResendStep step;
  step.left = static_cast<std::uint64_t>(words[0].integer);
  if (!words[1].text.empty()) step.gone = readItem(words[1].text);
  for (const redis::RedisReply& peer : words[2].items) takers_.wake(peer.text);
  step.verdicts = readVerdicts(words[3].items);
  return std::optional(std::move(step));
}

Result<std::optional<std::vector<ResendVerdict>>> RedisResendLists::look(
    const std::string& id, const std::optional<ListedDelivery>& after, std::size_t most) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::resend, keys_, kRunWords + 2);
  command.word(id);
  command.word(static_cast<long long>(std::min(most, kMostPerCall)));
  command.word(millisOf(clock_.wall()));
  for (const char* unused : {"0", "", "", ""}) command.word(unused);
  command.word("look");
  command.word(after ? itemOf(*after) : std::string());
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->items.size() != 4) return std::optional<std::vector<ResendVerdict>>();
  // In the order of their texts.
  const std::string_view upTo = (*reply)->items[1].text;
  auto verdicts = readVerdicts((*reply)->items[3].items);
  for (ResendVerdict& one : verdicts) one.over = itemOf(one.delivery) <= upTo;
  return std::optional(std::move(verdicts));
}

Result<std::optional<ResendList>> RedisResendLists::list(const std::string& id) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  command.add({"HMGET", keys_.resend(id), "made", "by", "why", "anew", "again", "asked", "begun",
               "done", "refused", "failed"});
  command.add({"ZCARD", keys_.resendItems(id)});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  const std::span<const redis::RedisReply> fields = (*replies)[0]->items;
  if (fields[0].isNil()) return std::optional<ResendList>();
  const auto count = [&](std::size_t i) { return static_cast<std::uint64_t>(fields[i].number()); };
  ResendList list;
  list.id = id;
  list.made = timeOfMillis(fields[0].text);
  list.wish = {std::string(fields[1].text), std::string(fields[2].text), fields[3].text == "1",
               fields[4].text == "1", std::string(fields[5].text)};
  if (!fields[6].isNil()) list.begun = timeOfMillis(fields[6].text);
  list.done = count(7);
  list.refused = count(8);
  list.failed = count(9);
  list.deliveries = static_cast<std::uint64_t>((*replies)[1]->integer);
  return std::optional(std::move(list));
}

Result<std::vector<ListedDelivery>> RedisResendLists::deliveriesOf(
    const std::vector<std::string>& records) {
  std::vector<ListedDelivery> found;
  if (records.empty()) return found;
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  for (const std::string& id : records) command.add({"HGET", keys_.record(id), "to"});
  const auto replies = (*borrowed)->exchange(command);
  if (!replies.ok()) return replies.error();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const redis::RedisReply& to = *(*replies)[i];
    if (to.kind != redis::RedisReply::Kind::text) continue;
    for (std::string_view rest = to.text; !rest.empty();)
      found.push_back({records[i], std::string(takeWord(rest))});
  }
  return found;
}

}  // namespace lianqiao::review
