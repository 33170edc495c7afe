/// Bytes that came in blocks and are taken from the front: one piece of memory that is used again and again.
struct ByteQueue: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private var head = 0
    /// The number of bytes waiting.
    private(set) var count = 0

    init(capacity: Int = 1 << 16) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// The first waiting byte. Good until the next change.
    var front: UnsafeMutableRawPointer { memory + head }

    mutating func append(_ block: UnsafeRawBufferPointer) {
        guard let source = block.baseAddress, block.count > 0 else { return }
        makeRoom(for: block.count)
        (memory + head + count).copyMemory(from: source, byteCount: block.count)
        count += block.count
    }

    mutating func removeFirst(_ number: Int) {
        head += number
        count -= number
    }

    private mutating func makeRoom(for more: Int) {
        if count + more > capacity {
            grow(to: max(capacity * 2, count + more))
        } else if head + count + more > capacity {
            memory.copyMemory(from: memory + head, byteCount: count)
            head = 0
        }
    }

    private mutating func grow(to newCapacity: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        larger.copyMemory(from: memory + head, byteCount: count)
        memory.deallocate()
        (memory, capacity, head) = (larger, newCapacity, 0)
    }
}
