"""The columns of the table: moved and made wider, by the mouse and by keys."""

from playwright.sync_api import expect

from console import Console, in_both_browsers


@in_both_browsers
class Columns(Console):
    def setUp(self):
        super().setUp()
        self.sign_in()
        self.heads = self.page.get_by_role("grid").get_by_role("columnheader")
        expect(self.rows.first).to_be_visible()
        expect(self.heads).to_have_count(9)

    def names(self):
        return [name.strip() for name in self.heads.all_inner_texts()]

    def width(self, column):
        return self.heads.nth(column).bounding_box()["width"]

    def drag(self, start, end):
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=12)
        mouse.up()

    def middle(self, column):
        box = self.heads.nth(column).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def test_a_header_that_is_dragged_takes_its_column_along_and_the_order_is_kept(self):
        first, second, third, *others = self.names()
        self.drag(self.middle(0), self.middle(2))
        self.assertEqual(self.names(), [second, third, first, *others])
        self.page.reload()
        expect(self.heads.nth(2)).to_have_text(first)
        self.assertEqual(self.names(), [second, third, first, *others])

    def test_the_edge_of_a_header_that_is_dragged_makes_its_column_wider(self):
        before, box = self.width(1), self.heads.nth(1).bounding_box()
        edge = box["x"] + box["width"] - 3, box["y"] + box["height"] / 2
        self.drag(edge, (edge[0] + 60, edge[1]))
        self.assertAlmostEqual(self.width(1), before + 60, delta=2)
        self.assertAlmostEqual(self.rows.first.get_by_role("gridcell").nth(1).bounding_box()["width"], before + 60, delta=2)

    def test_keys_move_a_column_and_make_it_wider(self):
        first, second, *others = self.names()
        before = self.width(0)
        self.page.get_by_role("grid").focus()
        for key in "ArrowUp", "Shift+ArrowRight", "Shift+ArrowRight", "Control+ArrowRight":
            self.page.keyboard.press(key)
        expect(self.heads.first).to_have_text(second)
        self.assertEqual(self.names(), [second, first, *others])
        self.assertAlmostEqual(self.width(1), before + 32, delta=1)
        # The header that was moved is still the active one.
        self.page.keyboard.press("Control+ArrowLeft")
        expect(self.heads.first).to_have_text(first)
