"""Articles that are cleaned again with newer rules, from their archived pages."""

from storage import Corpus


def by_an_older_cleaner(corpus: Corpus, article_id: int) -> None:
    from sqlalchemy import update

    from storage.schema.tables import ArticleRow

    with corpus._database.write() as connection:
        text = corpus.get(article_id).text + "\n\nEdited by: Ali Musa"
        older = {"cleaner": "0.0.1+00000000", "text": text, "editors": ()}
        connection.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(older))


def test_what_changes_is_told_first_and_makes_a_version_that_is_ours(corpus, stored, archive) -> None:
    by_an_older_cleaner(corpus, stored)
    before = corpus.get(stored)
    assert corpus.admin.count_stale() == 1
    (dry,) = corpus.admin.reclean(archive_folder=archive.folder, dry_run=True, workers=1)
    assert (dry.was, dry.fields, dry.lines) == ("changed", ("text", "editors"), ("- Edited by: Ali Musa",))
    assert corpus.get(stored) == before
    (done,) = corpus.admin.reclean(archive_folder=archive.folder, workers=1)
    assert done == dry
    after = corpus.get(stored)
    assert (after.editors, after.version, after.text + "\n\nEdited by: Ali Musa") == (("Ali Musa",), 2, before.text)
    (version,) = corpus.versions(stored)
    assert (version.ended_by, version.cleaner, version.text) == ("reclean", "0.0.1+00000000", before.text)
    assert corpus.admin.count_stale() == 0
    assert list(corpus.admin.reclean(archive_folder=archive.folder, workers=1)) == []


def test_what_comes_out_the_same_is_only_marked(corpus, stored, archive) -> None:
    (done,) = corpus.admin.reclean(archive_folder=archive.folder, everything=True, workers=1)
    assert done.was == "same"
    assert corpus.get(stored).version == 1


def test_without_the_page_the_text_stays(corpus, stored, archive, tmp_path) -> None:
    by_an_older_cleaner(corpus, stored)
    before = corpus.get(stored)
    (done,) = corpus.admin.reclean(archive_folder=tmp_path / "elsewhere", workers=1)
    assert (done.was, corpus.get(stored)) == ("no-page", before)
    assert "no longer exists" in done.detail
