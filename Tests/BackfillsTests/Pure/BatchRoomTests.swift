@testable import Backfills
import Testing

struct BatchRoomTests {
    @Test func `a batch grows to what its rows leave room for, step by step`() {
        var room = BatchRoom()
        var sizes = [room.rows]
        for _ in 1...3 {
            room.record(BatchRoom.Taken(rows: room.rows, bytes: room.rows * 16))
            sizes.append(room.rows)
        }
        #expect(sizes == [1000, 4000, 16_000, BatchRoom.bytes / 16])
    }

    @Test func `wide rows make small batches, one row at least`() {
        var room = BatchRoom()
        room.record(BatchRoom.Taken(rows: 1000, bytes: 1000 << 17))
        #expect(room.rows == 4)
        room.record(BatchRoom.Taken(rows: 4, bytes: 4 << 30))
        #expect(room.rows == 1)
    }

    @Test func `a batch without rows teaches nothing`() {
        var room = BatchRoom()
        room.record(BatchRoom.Taken(rows: 0, bytes: 400))
        #expect(room == BatchRoom())
    }
}
