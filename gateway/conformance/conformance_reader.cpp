#include <fstream>

#include "conformance/conformance_parts.h"
#include "conformance/test_data.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostPolls = 100;

struct ReadSample {
  std::vector<RawItem> items;
  std::optional<Error> error;
};

/// Reads a file to its end, as `lianqiao map` does.
ReadSample readWhole(const ConformanceCase& conformance, const Settings& settings,
                     const std::filesystem::path& file, test::FakeHost& host, Ears& ears) {
  ReadSample read;
  const auto reader = attempt(
      "makeReader", [&] { return conformance.descriptor->makeReader(settings, host, file); });
  if (!reader) {
    read.error = reader.error();
    return read;
  }
  std::string cursor;
  for (std::size_t polls = 1;; ++polls) {
    const auto batch = attempt(
        "poll", [&] { return (*reader)->poll(cursor, std::chrono::steady_clock::now() + 5s); });
    if (!batch) {
      ears.hear("a reader", batch.error());
      read.error = batch.error();
      return read;
    }
    for (const RawItem& item : batch->items) ears.hear("a reader", item.problems);
    read.items.insert(read.items.end(), batch->items.begin(), batch->items.end());
    cursor = batch->cursor;
    if (!batch->more) return read;
    if (polls == kMostPolls) {
      ADD_FAILURE() << "after " << kMostPolls << " polls the reader still says more";
      return read;
    }
  }
}

}  // namespace

void checkReader(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  test::FakeHost host;
  for (const SampleFile& sample : conformance.reader->good) {
    SCOPED_TRACE("reader: " + sample.name);
    const std::filesystem::path file = host.dataDirectory() / sample.name;
    std::ofstream(file, std::ios::binary) << sample.bytes;
    const ReadSample read = readWhole(conformance, settings, file, host, ears);
    EXPECT_FALSE(read.error) << read.error->detail;
    EXPECT_EQ(read.items.size(), sample.items);
    for (const RawItem& item : read.items) {
      EXPECT_TRUE(item.problems.empty() && isJsonObject(item.body)) << "an item is not whole";
      EXPECT_FALSE(item.origin.empty()) << "an item of a file says where it stood";
    }
    EXPECT_EQ(test::readFile(file), sample.bytes) << "a sample is read and left alone";

    for (const std::string_view garbage : {"", "{", "<a>", "\xFF\xFE", "PK\x03\x04"}) {
      std::ofstream(file, std::ios::binary) << garbage;
      for (const RawItem& item : readWhole(conformance, settings, file, host, ears).items) {
        EXPECT_FALSE(item.problems.empty() && isJsonObject(item.body))
            << "garbage passed for a whole item: " << garbage;
      }
    }
    std::filesystem::remove(file);
    const ReadSample gone = readWhole(conformance, settings, file, host, ears);
    EXPECT_TRUE(gone.error || (gone.items.size() == 1 && !gone.items[0].problems.empty()))
        << "a file that is not there is an error";
  }
  EXPECT_TRUE(host.calls().empty()) << "a reader has the file alone";
  ears.hear(host);
}

}  // namespace lianqiao::conformance
