// Searching, month by month, the newest first.
#include <algorithm>
#include <set>

#include "history/block_codec.h"
#include "history/particulars.h"
#include "history/terms.h"
#include "history_postgres/postgres_store.h"
#include "history_postgres/record_rows.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::history {

using base::Lock;
using postgres::Column;
using postgres::Connection;
using postgres::Fault;
using postgres::uuidValue;
using postgres::valueOf;

namespace {

constexpr std::size_t kMostHits = 1000;
/// A telephone number without its area's; shorter ones are found by their last four.
constexpr std::size_t kLeastNumber = 7;
/// A page that took longer ends, with where to go on.
constexpr std::chrono::seconds kMostTime(1);
/// Of a text each row's content is unpacked: so many rows at a time.
constexpr std::size_t kMostUnpacked = 64;
/// A term that stands in so many of the newest rows needs no index.
constexpr std::int64_t kNewest = 4000;

Error badSearch(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

/// Words between blanks, as they stand within JSON.
std::vector<std::string> searchedWords(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    if (end > 0) {
      std::string quoted;
      json::writeText(text.substr(0, end), quoted);
      words.push_back(quoted.substr(1, quoted.size() - 2));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

/// One call of find().
class PostgresStore::Search {
 public:
  Search(const PostgresStore& store, const Query& query, Keys& keys, Connection& connection)
      : store_(store), query_(query), keys_(keys), connection_(connection) {}

  Result<Page> run() {
    if (Result<void> read = prepare(); !read.ok()) return read.error();
    auto partitions = readPartitions(connection_);
    if (!partitions) return store_.refusal(connection_.failure());
    partitions_ = std::move(*partitions);
    if (query_.after.empty() && byOurId()) return std::move(page_);
    std::set<Month, std::greater<>> months;
    for (const auto& one : partitions_) months.insert(one.first.month);
    for (const Month& month : months) {
      if (leastIdAt(month.end()) <= from_ || leastIdAt(month.begin()) >= before_) continue;
      if (!oneMonth(month)) {
        // A search that the server has ended leaves the other months to be searched.
        if (connection_.failure().fault != Fault::busy)
          return store_.refusal(connection_.failure());
        page_.unread.push_back(month.name() + ": " + connection_.failure().why);
      }
      if (!page_.next.empty() || page_.hits.size() >= query_.limit) break;
      if (isLate() && month != *months.rbegin()) {
        page_.next = leastIdAt(month.begin()).text();
        break;
      }
    }
    return std::move(page_);
  }

 private:
  Result<void> prepare() {
    if (query_.limit < 1 || query_.limit > kMostHits)
      return badSearch("A page has 1 to 1000 hits.");
    if (query_.from) from_ = leastIdAt(*query_.from);
    if (query_.to) before_ = leastIdAt(*query_.to);
    if (!query_.after.empty()) {
      const auto mark = PackedId::read(query_.after);
      if (!mark) return badSearch("The page's begin is none that a page before has named.");
      before_ = std::min(before_, *mark);
    }
    const std::string number = searchableNumber(query_.number);
    if (!query_.number.empty() && number.size() != 4 && number.size() < kLeastNumber)
      return badSearch(
          "A telephone or id number is searched whole, or by its last four characters.");
    if (!query_.deliveredOn.empty()) {
      day_ = dayNumber(query_.deliveredOn);
      if (!day_) return badSearch("A day is written YYYY-MM-DD.");
      if (query_.peer.empty()) return badSearch("A day of deliveries is a peer's: name it, too.");
    }
    const Lock lock(keys_.terms);
    NodeKey& key = keys_.searching;
    if (!query_.word.empty()) word_ = static_cast<std::int64_t>(idTerm(key, query_.word));
    if (!query_.number.empty()) terms_.push_back(numberTerm(key, number));
    if (!query_.region.empty()) terms_.push_back(regionTerm(query_.region));
    text_ = searchableText(query_.text);
    if (text_.empty()) return {};
    words_ = searchedWords(text_);
    if (!store_.settings_.words)
      return badSearch("Texts are not indexed here; see the setting history.words.");
    const std::size_t before = terms_.size();
    appendWordTerms(text_, terms_);
    if (terms_.size() > before) return {};
    return badSearch("A text needs two characters side by side; numbers are searched as numbers.");
  }

  bool byOurId() {
    const auto id = PackedId::read(query_.word);
    if (!id) return false;
    parts_ = numbersOf(partitions_, std::set{Month::of(id->time())});
    const auto record = connection_.run(
        std::string("SELECT ") + kRecordColumns + " FROM record r WHERE r.part=ANY($1) AND r.id=$2",
        {parts_, uuidValue(id->bytes())});
    if (record && record->count() > 0) {
      std::vector<RecordRow> found{recordIn(keys_.unsealing, *record, 0)};
      if (!addDeliveries(connection_, keys_.unsealing, parts_, found)) return false;
      page_.hits.push_back({std::move(found[0].envelope), false, std::move(found[0].deliveries)});
      return true;
    }
    const auto exception = connection_.run(
        std::string("SELECT ") + kExceptionColumns + " FROM exception WHERE part=ANY($1) AND id=$2",
        {parts_, uuidValue(id->bytes())});
    if (exception && exception->count() > 0) addException(*exception, 0, page_.hits);
    return exception && exception->count() > 0;
  }

  void addException(const postgres::Rows& rows, int row, std::vector<Hit>& into) {
    ExceptionTrail read = exceptionIn(keys_.unsealing, rows, row);
    Hit& hit = into.emplace_back();
    hit.exception = true;
    hit.record.id = std::move(read.id);
    hit.record.peer = std::move(read.peer);
    hit.record.sourceId = std::move(read.sourceId);
    hit.record.accepted = read.at;
  }

  [[nodiscard]] bool isLate() const { return base::realNow() - begun_ > kMostTime; }

  /// False on failure.
  bool oneMonth(const Month& month) {
    parts_ = numbersOf(partitions_, std::set{month});
    std::vector<Hit> found;
    if (!addRecords(month, found) || !addExceptions(month, found)) return false;
    // Ids order by time as they are written.
    std::sort(found.begin(), found.end(),
              [](const Hit& a, const Hit& b) { return a.record.id > b.record.id; });
    for (Hit& hit : found) {
      if (page_.hits.size() == query_.limit) break;
      page_.hits.push_back(std::move(hit));
      if (page_.hits.size() == query_.limit) page_.next = page_.hits.back().record.id;
    }
    return true;
  }

  bool addRecords(const Month& month, std::vector<Hit>& into) {
    PackedId before = std::min(before_, leastIdAt(month.end()));
    const std::size_t wanted = query_.limit - page_.hits.size();
    const std::size_t most = text_.empty() ? wanted : std::min(wanted, kMostUnpacked);
    while (into.size() < wanted) {
      auto rows = rowsBefore(month, before, most);
      if (!rows || !addDeliveries(connection_, keys_.unsealing, parts_, *rows) ||
          !dropThoseWithout(*rows))
        return false;
      for (RecordRow& row : *rows)
        if (row.block >= 0 && into.size() < wanted)
          into.push_back({std::move(row.envelope), false, std::move(row.deliveries)});
      if (rows->size() < most) return true;
      before = rows->back().id;
      if (!isLate() || into.size() >= wanted) continue;
      page_.next = before.text();
      return true;
    }
    return true;
  }

  /// The newest of a month that the server finds, at most `most`.
  std::optional<std::vector<RecordRow>> rowsBefore(const Month& month, const PackedId& before,
                                                   std::size_t most) {
    const bool mayBeCommon = word_ == 0 && !terms_.empty() && query_.number.empty();
    if (mayBeCommon) {
      auto rows = rowsOf(true, month, before, most);
      if (!rows || rows->size() == most) return rows;
    }
    return rowsOf(false, month, before, most);
  }

  std::optional<std::vector<RecordRow>> rowsOf(bool newest, const Month& month,
                                               const PackedId& before, std::size_t most) {
    std::vector<postgres::Value> values{
        parts_, uuidValue(std::max(from_, leastIdAt(month.begin())).bytes()),
        uuidValue(before.bytes())};
    const std::string within = "r.part=ANY($1) AND r.id>=$2 AND r.id<$3";
    const std::string holds = conditions(values);
    std::string sql = std::string("SELECT ") + kRecordColumns + " FROM ";
    if (newest) {
      // Looked through row by row.
      sql += "(SELECT * FROM record r WHERE " + within + " ORDER BY r.id DESC LIMIT " +
             std::to_string(kNewest) + ") r WHERE true" + holds;
    } else if (word_ != 0 || !terms_.empty() || isUnsettled()) {
      // The fence of OFFSET keeps the server from going through the ids backwards, which it takes
      // for cheaper where it believes a term to be common.
      sql += "(SELECT * FROM record r WHERE " + within + holds + " OFFSET 0) r";
    } else {
      sql += "record r WHERE " + within + holds;
    }
    const auto rows =
        connection_.run(sql + " ORDER BY r.id DESC LIMIT " + std::to_string(most), values);
    if (!rows) return std::nullopt;
    std::vector<RecordRow> read;
    for (int row = 0; row < rows->count(); ++row)
      read.push_back(recordIn(keys_.unsealing, *rows, row));
    return read;
  }

  [[nodiscard]] bool isUnsettled() const {
    return query_.state && *query_.state != DeliveryState::delivered &&
           *query_.state != DeliveryState::owed;
  }

  /// What the server can judge; adds what it needs to `values`.
  std::string conditions(std::vector<postgres::Value>& values) const {
    const auto add = [&](postgres::Value value) {
      values.push_back(std::move(value));
      return "$" + std::to_string(values.size());
    };
    std::string sql;
    if (!terms_.empty()) sql += " AND r.terms @> " + add(valueOf(termsText(terms_))) + "::bigint[]";
    if (word_ != 0) {
      const std::string term = add(valueOf(word_));
      sql +=
          " AND (r.terms @> ARRAY[" + term +
          "] OR r.id=ANY(ARRAY(SELECT d.record FROM delivery d WHERE d.part=ANY($1) AND d.term=" +
          term + ")))";
    }
    if (!query_.type.empty()) sql += " AND r.type=" + add(valueOf(query_.type));
    if (!query_.region.empty()) {
      const std::string region = add(valueOf(query_.region));
      sql += " AND (r.grid=" + region + " OR starts_with(r.division, " + region + "))";
    }
    const std::string peer = query_.peer.empty() ? "" : add(valueOf(query_.peer));
    if (day_) {
      const std::int64_t begin = (*day_ * 1440 - store_.settings_.zoneMinutes) * 60'000;
      sql +=
          " AND EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.peer=" +
          peer + " AND d.state=2 AND d.at>=" + std::to_string(begin) + " AND d.at<" +
          std::to_string(begin + 86'400'000) + ")";
    }
    if (query_.state) {
      sql += stateCondition(peer);
    } else if (!peer.empty()) {
      sql += " AND (r.peer=" + peer + " OR " + peer +
             "=ANY(r.destinations) OR (r.destinations='{}'"
             " AND EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id"
             " AND d.peer=" +
             peer + ")))";
    }
    return sql;
  }

  /// A state is that of the delivery to the peer, or of any where the record came from it.
  [[nodiscard]] std::string stateCondition(const std::string& peer) const {
    const std::string state = std::to_string(static_cast<int>(*query_.state));
    const auto ofPeer = [&](const char* column) {
      return peer.empty() ? std::string()
                          : " AND (r.peer=" + peer + " OR " + column + "=" + peer + ")";
    };
    const std::string tried =
        " AND (EXISTS(SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.state=" +
        state + ofPeer("d.peer") + ")";
    // The state stands in the text: only so does the server see that its index serves.
    if (isUnsettled())
      return " AND r.id IN (SELECT d.record FROM delivery d WHERE d.part=ANY($1) AND d.state=" +
             state + " AND d.state<>2)" + (peer.empty() ? "" : tried + ")");
    if (*query_.state == DeliveryState::delivered) return tried + ")";
    // What is owed and has not been tried stands in no row of a delivery.
    return tried +
           " OR EXISTS(SELECT FROM unnest(r.destinations) t(peer) WHERE NOT EXISTS("
           "SELECT FROM delivery d WHERE d.part=ANY($1) AND d.record=r.id AND d.peer=t.peer)" +
           ofPeer("t.peer") + "))";
  }

  /// Ids are compared, for two may have one term, and texts with the contents. Marks those that do
  /// not hold by their block: -1.
  bool dropThoseWithout(std::vector<RecordRow>& rows) {
    std::set<std::int64_t> blocks;
    for (RecordRow& row : rows) {
      const Envelope& envelope = row.envelope;
      const bool named =
          query_.word.empty() || envelope.key == query_.word || envelope.sourceId == query_.word ||
          std::any_of(row.deliveries.begin(), row.deliveries.end(),
                      [&](const Delivery& one) { return one.receipt == query_.word; });
      if (!named || (!text_.empty() && envelope.gone)) row.block = -1;
      if (row.block >= 0) blocks.insert(row.block);
    }
    return text_.empty() || blocks.empty() || dropThoseWithoutText(blocks, rows);
  }

  bool dropThoseWithoutText(const std::set<std::int64_t>& blocks, std::vector<RecordRow>& rows) {
    Column numbers(Column::Kind::number);
    for (const std::int64_t block : blocks) numbers.add(block);
    const auto read = connection_.run(
        "SELECT part, number, bytes FROM block WHERE part=ANY($1) AND number=ANY($2)",
        {parts_, numbers.value()});
    if (!read) return false;
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<RecordRow*>> byBlock;
    for (RecordRow& row : rows)
      if (row.block >= 0) byBlock[{row.part, row.block}].push_back(&row);
    std::set<const RecordRow*> hold;
    for (int at = 0; at < read->count(); ++at) {
      const auto in = byBlock.find({read->integer(at, 0), read->integer(at, 1)});
      if (in == byBlock.end()) continue;
      const auto contents = unpackBlock(read->bytes(at, 2));
      for (const RecordRow* row : in->second) {
        const auto place = static_cast<std::size_t>(row->place);
        if (contents && place < contents->size() && standsIn((*contents)[place].event))
          hold.insert(row);
      }
    }
    for (RecordRow& row : rows)
      if (!hold.contains(&row)) row.block = -1;
    return true;
  }

  [[nodiscard]] bool standsIn(std::string_view event) const {
    const std::string searched = searchableText(event);
    return std::all_of(words_.begin(), words_.end(), [&](const std::string& word) {
      return searched.find(word) != std::string::npos;
    });
  }

  /// Only by ids and numbers of persons: nothing else is read out of what could not be read.
  bool addExceptions(const Month& month, std::vector<Hit>& into) {
    const bool byNumber = !query_.number.empty();
    if ((word_ == 0 && !byNumber) || !query_.region.empty() || !text_.empty() ||
        !query_.type.empty() || query_.state || day_)
      return true;
    const auto rows = connection_.run(
        std::string("SELECT ") + kExceptionColumns +
            " FROM exception WHERE part=ANY($1) AND id>=$2 AND id<$3" +
            (word_ == 0 ? " AND $4::bigint=0" : " AND term=$4") +
            (byNumber ? " AND numbers @> $5::bigint[]" : " AND $5::bigint[]='{}'") +
            " ORDER BY id DESC LIMIT " + std::to_string(query_.limit),
        {parts_, uuidValue(std::max(from_, leastIdAt(month.begin())).bytes()),
         uuidValue(std::min(before_, leastIdAt(month.end())).bytes()), valueOf(word_),
         valueOf(termsText(byNumber ? terms_ : std::vector<std::uint64_t>()))});
    if (!rows) return false;
    for (int row = 0; row < rows->count(); ++row) {
      addException(*rows, row, into);
      const Envelope& read = into.back().record;
      if ((word_ != 0 && read.sourceId != query_.word) ||
          (!query_.peer.empty() && read.peer != query_.peer))
        into.pop_back();
    }
    return true;
  }

  const PostgresStore& store_;
  const Query& query_;
  Keys& keys_;
  Connection& connection_;
  const std::chrono::steady_clock::time_point begun_ = base::realNow();
  PackedId from_;
  PackedId before_{~std::uint64_t{0}, ~std::uint64_t{0}};
  std::optional<std::int64_t> day_;  ///< Of deliveries.
  std::int64_t word_ = 0;            ///< The term of an id; 0 where none is searched.
  std::vector<std::uint64_t> terms_;
  std::string text_;
  std::vector<std::string> words_;
  Partitions partitions_;
  postgres::Value parts_;  ///< Of the month at hand.
  Page page_;
};

Result<Page> PostgresStore::find(const Query& query) {
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  return Search(*this, query, **entered, **connection).run();
}

}  // namespace lianqiao::history
