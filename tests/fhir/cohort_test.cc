// SPDX-License-Identifier: Apache-2.0
// Cohorts: forms of input, packing, order, what is listed as bad.
#include "fhir/cohort.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

namespace nidus::fhir {
namespace {

namespace fs = std::filesystem;

class Cohort : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "nidus-cohort-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& bytes) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  struct Read {
    std::vector<std::string> people;  // "p1: Patient/p1 Observation/o1"
    std::vector<std::string> bad;     // "lines.ndjson line 3: ..."
  };

  Read read(const std::vector<std::string>& paths, CohortOptions options = {}) {
    Read out;
    options.temp_folder = folder_.string();
    auto reader = CohortReader::open(paths, options);
    EXPECT_TRUE(reader) << reader.error().to_string();
    if (!reader) return out;
    const auto note = [&](const BadLine& bad) {
      out.bad.push_back(bad.place.substr(bad.place.rfind('/') + 1) + ": " + bad.message);
    };
    for (;;) {
      auto lines = reader->next();
      EXPECT_TRUE(lines);
      if (!lines || !*lines) return out;
      for (const auto& bad : (*lines)->bad) note(bad);
      if ((*lines)->places.empty()) continue;
      const auto person = read_person(*reader, **lines, options.limits);
      if (!person) {
        note(person.error());
        continue;
      }
      for (const auto& bad : person->left_out) note(bad);
      std::string text;
      for (const auto& resource : person->record.resources()) text += resource.reference() + " ";
      out.people.push_back(text);
    }
  }

  fs::path folder_;
};

std::string patient(const std::string& id) {
  return R"({"resourceType":"Patient","id":")" + id + R"("})";
}

std::string observation(const std::string& id, const std::string& reference) {
  return R"({"resourceType":"Observation","id":")" + id +
         R"(","status":"final","code":{"text":"CRP"},"subject":{"reference":")" + reference +
         R"("}})";
}

std::string bundle(const std::vector<std::string>& resources) {
  std::string out = R"({"resourceType":"Bundle","type":"collection","entry":[)";
  for (const auto& one : resources) {
    out += (out.back() == '[' ? "" : ",") + (R"({"resource":)" + one + "}");
  }
  return out + "]}";
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstandard(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

const std::string kTwoBundles = bundle({patient("p1"), observation("o1", "Patient/p1")}) + "\n" +
                                bundle({patient("p2"), observation("o1", "Patient/p2")}) + "\n";
const std::vector<std::string> kTwoPeople = {"Patient/p1 Observation/o1 ",
                                             "Patient/p2 Observation/o1 "};

TEST_F(Cohort, ReadsBundlesALine) {
  const auto got = read({file("a.ndjson", kTwoBundles)});
  EXPECT_EQ(got.people, kTwoPeople);
  EXPECT_TRUE(got.bad.empty());
}

TEST_F(Cohort, PassesOverEmptyLinesMarksAndCarriageReturns) {
  std::string text = "\xEF\xBB\xBF\r\n \r\n";
  for (const char c : kTwoBundles) text += c == '\n' ? std::string("\r\n\r\n") : std::string(1, c);
  EXPECT_EQ(read({file("a.ndjson", text)}).people, kTwoPeople);
  text = "\xEF\xBB\xBF" + kTwoBundles;
  text.pop_back();
  EXPECT_EQ(read({file("b.ndjson", text)}).people, kTwoPeople);
}

TEST_F(Cohort, ReadsPackedFilesByTheirBytes) {
  EXPECT_EQ(read({file("a.gz", gzip(kTwoBundles))}).people, kTwoPeople);
  EXPECT_EQ(read({file("a.zst", zstandard(kTwoBundles))}).people, kTwoPeople);
  EXPECT_EQ(read({file("misnamed.ndjson", zstandard(kTwoBundles))}).people, kTwoPeople);
  // Parts packed one by one and put together.
  const auto half = kTwoBundles.find('\n') + 1;
  const std::string first = kTwoBundles.substr(0, half), second = kTwoBundles.substr(half);
  EXPECT_EQ(read({file("b.gz", gzip(first) + gzip(second))}).people, kTwoPeople);
  EXPECT_EQ(read({file("b.zst", zstandard(first) + zstandard(second))}).people, kTwoPeople);
}

TEST_F(Cohort, SaysThatAPackedFileIsCut) {
  for (const auto& bytes : {gzip(kTwoBundles), zstandard(kTwoBundles)}) {
    const auto got = read({file("cut", bytes.substr(0, bytes.size() - 9))});
    ASSERT_EQ(got.bad.size(), 1u);
    EXPECT_NE(got.bad[0].find("cut"), std::string::npos) << got.bad[0];
  }
}

TEST_F(Cohort, ListsABadLineWithItsNumberAndGoesOn) {
  const std::string bad_date =
      bundle({R"({"resourceType":"Patient","id":"x","birthDate":"never"})"});
  const auto got =
      read({file("a.ndjson", kTwoBundles + "{\"resourceType\":\"Bundle\",\n" + bad_date + "\n" +
                                 patient("alone") + "\n" + bundle({patient("p3")}) + "\n")});
  EXPECT_EQ(got.people, (std::vector<std::string>{kTwoPeople[0], kTwoPeople[1], "Patient/p3 "}));
  ASSERT_EQ(got.bad.size(), 3u);
  EXPECT_TRUE(got.bad[0].starts_with("a.ndjson line 3: ")) << got.bad[0];
  EXPECT_TRUE(got.bad[1].starts_with("a.ndjson line 4: Patient/x Patient.birthDate")) << got.bad[1];
  EXPECT_TRUE(got.bad[2].starts_with("a.ndjson line 5: a single resource")) << got.bad[2];
}

const std::string kGrouped = patient("p1") + "\n" + observation("o1", "Patient/p1") + "\n" +
                             observation("o2", "Patient/p2") + "\n" + patient("p2") + "\n";
const std::string kMixed = observation("o2", "http://host/fhir/Patient/p2") + "\n" + patient("p1") +
                           "\n" + patient("p2") + "\n" +
                           observation("o1", "Patient/p1/_history/3") + "\n";

TEST_F(Cohort, ReadsGroupedResources) {
  const auto got = read({file("a.ndjson", kGrouped)});
  EXPECT_EQ(got.people,
            (std::vector<std::string>{"Patient/p1 Observation/o1 ", "Observation/o2 Patient/p2 "}));
}

TEST_F(Cohort, GathersResourcesInAnyOrderByFirstAppearance) {
  const auto got = read({file("a.ndjson", kMixed)});
  EXPECT_EQ(got.people,
            (std::vector<std::string>{"Observation/o2 Patient/p2 ", "Patient/p1 Observation/o1 "}));
}

TEST_F(Cohort, RefusesAPersonWhoComesBackInGroupedInput) {
  CohortOptions options;
  options.form = CohortForm::kGrouped;
  const auto got = read({file("a.ndjson", kMixed)}, options);
  EXPECT_EQ(got.people,
            (std::vector<std::string>{"Observation/o2 ", "Patient/p1 Observation/o1 "}));
  ASSERT_EQ(got.bad.size(), 1u);
  EXPECT_TRUE(got.bad[0].starts_with("a.ndjson line 3: Patient/p2 stood before")) << got.bad[0];
}

TEST_F(Cohort, ReadsAFolderOfABulkExport) {
  fs::create_directory(folder_ / "export");
  file("export/Patient.ndjson.gz", gzip(patient("p1") + "\n" + patient("p2") + "\n"));
  file("export/Observation.ndjson",
       observation("o1", "Patient/p2") + "\n" + observation("o2", "urn:uuid:p1") + "\n");
  file("export/MedicationRequest.ndjson",
       R"({"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order",)"
       R"("subject":{"reference":"Patient/p2"},"medicationReference":{"reference":"Medication/a"}})"
       "\n");
  file("export/Medication.ndjson", R"({"resourceType":"Medication","id":"a"})"
                                   "\n"
                                   R"({"resourceType":"Medication","id":"b"})"
                                   "\n");
  file("export/notes.txt", "not read");
  const auto got = read({(folder_ / "export").string()});
  // MedicationRequest stands before the others: p2 appears first.
  EXPECT_EQ(got.people, (std::vector<std::string>{
                            "MedicationRequest/m1 Observation/o1 Patient/p2 Medication/a ",
                            "Observation/o2 Patient/p1 "}));
  EXPECT_TRUE(got.bad.empty());
}

TEST_F(Cohort, ListsWhatIsAboutNobody) {
  const auto got = read({file("a.ndjson", kMixed + R"({"resourceType":"Observation","id":"lost",)"
                                                   R"("status":"final","code":{"text":"CRP"}})"
                                                   "\n")});
  EXPECT_EQ(got.people.size(), 2u);
  ASSERT_EQ(got.bad.size(), 1u);
  EXPECT_EQ(got.bad[0], "a.ndjson line 5: Observation that names no patient: not read");
}

TEST_F(Cohort, LeavesOutOneRefusedLineOfAPerson) {
  const auto got = read({file(
      "a.ndjson",
      kGrouped + R"({"resourceType":"Observation","id":"o9","status":"final","code":{"text":"x"},)"
                 R"("subject":{"reference":"Patient/p2"},"effectiveDateTime":"2025-13-01"})"
                 "\n")});
  ASSERT_EQ(got.people.size(), 2u);
  EXPECT_EQ(got.people[1], "Observation/o2 Patient/p2 ");
  ASSERT_EQ(got.bad.size(), 1u);
  EXPECT_TRUE(got.bad[0].starts_with("a.ndjson line 5: Observation/o9 ")) << got.bad[0];
}

TEST_F(Cohort, SkipsALineOverTheLimitWithoutKeepingIt) {
  CohortOptions options;
  options.limits.max_bytes = 4000;
  std::string text = kTwoBundles.substr(0, kTwoBundles.find('\n') + 1);
  text += R"({"resourceType":"Bundle","x":")" + std::string(3u << 20, 'x') + "\"}\n";
  text += kTwoBundles.substr(kTwoBundles.find('\n') + 1);
  const auto got = read({file("a.ndjson", text)}, options);
  EXPECT_EQ(got.people, kTwoPeople);
  ASSERT_EQ(got.bad.size(), 1u);
  EXPECT_TRUE(got.bad[0].starts_with("a.ndjson line 2: is longer than 4000 bytes")) << got.bad[0];
}

TEST_F(Cohort, ReadsABundleOnManyLines) {
  const auto got = read({file("a.json",
                              "{\n \"resourceType\": \"Bundle\",\n \"type\": "
                              "\"collection\",\n \"entry\": [{\"resource\":\n" +
                                  patient("p1") + "}]\n}\n")});
  EXPECT_EQ(got.people, (std::vector<std::string>{"Patient/p1 "}));
}

// A thousand people, resource by resource: what goes through the disk is what memory gives.
TEST_F(Cohort, DiskGivesWhatMemoryGives) {
  std::string text;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 1000; ++i) {
      const std::string id = "p" + std::to_string(i * 37 % 1000);
      text +=
          (round == 2 ? patient(id) : observation("o" + std::to_string(round), "Patient/" + id)) +
          "\n";
    }
  }
  const std::string path = file("many.ndjson", text);
  const auto in_memory = read({path});
  CohortOptions tight;
  tight.memory_bytes = 10'000;
  const auto on_disk = read({path}, tight);
  ASSERT_EQ(in_memory.people.size(), 1000u);
  EXPECT_EQ(in_memory.people[1], "Observation/o0 Observation/o1 Patient/p37 Observation/o3 ");
  EXPECT_EQ(on_disk.people, in_memory.people);
  EXPECT_TRUE(on_disk.bad.empty());
  // Nothing but the input is left in the folder.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Cohort, SaysThatThereIsNoRoomOnDisk) {
  CohortOptions options;
  options.memory_bytes = 10;
  options.temp_folder = (folder_ / "none").string();
  auto reader = CohortReader::open({file("a.ndjson", kMixed)}, options);
  ASSERT_TRUE(reader);
  const auto lines = reader->next();
  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().to_string().find("--temp"), std::string::npos);
}

TEST_F(Cohort, RefusesWhatIsNotThere) {
  const auto nowhere = CohortReader::open({(folder_ / "none.ndjson").string()}, {});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, base::ErrorCode::kNotFound);
  const auto empty = CohortReader::open({folder_.string()}, {});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, base::ErrorCode::kNotFound);
}

TEST_F(Cohort, StopsWhenAsked) {
  std::atomic<bool> stop = false;
  CohortOptions options;
  options.stop = &stop;
  auto reader = CohortReader::open({file("a.ndjson", kTwoBundles)}, options);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->next()->has_value());
  stop = true;
  EXPECT_FALSE(reader->next()->has_value());
}

}  // namespace
}  // namespace nidus::fhir
